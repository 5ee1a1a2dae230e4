import { TestEnvironment } from "@durable-agents/crash-harness";
import { installPacked } from "@durable-agents/testkit";
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

test("the package, as it is published, works in a project of its own", async () => {
  const folder = await installPacked({ library: "lanes", program });
  await using environment = await TestEnvironment.start({ folder, server: { inactivityTimeoutSeconds: 0 } });
  expect(await environment.ingress.call("Agent/run", {})).toEqual({
    status: 200,
    body: ["alpha found and read", "beta found and read"],
  });
});
