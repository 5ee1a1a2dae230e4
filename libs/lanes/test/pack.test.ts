import { Ingress, installPacked, RestateServer, Subject } from "@durable-agents/processes";
import { expect, test } from "vitest";

/** What a user of the package may write first. */
const program = `
import { mapLanes, withLanes } from "@durable-agents/lanes";
import { type Context, serve, service } from "@restatedev/restate-sdk";

const agent = service({
  name: "Agent",
  handlers: {
    run: async (ctx: Context): Promise<string[]> =>
      mapLanes(withLanes(ctx), ["alpha", "beta"], async (tool) => {
        const found = await ctx.run(\`\${tool}: search\`, () => \`\${tool} found\`);
        return ctx.run(\`\${tool}: read\`, () => \`\${found} and read\`);
      }),
  },
});

await serve({ services: [agent], port: Number(process.env.PORT) });
`;

test("the package, as it is published, installs and works in an empty project", { timeout: 60_000 }, async () => {
  const project = await installPacked({ libraries: ["lanes"], program });
  await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  await using subject = await Subject.start({ folder: project });
  await server.register(subject.url);
  expect(await new Ingress(server.ingressUrl).call("Agent/run", {})).toEqual({
    status: 200,
    body: ["alpha found and read", "beta found and read"],
  });
});
