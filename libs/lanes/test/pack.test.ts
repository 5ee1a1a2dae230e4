import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanEnvironment,
  Ingress,
  installedVersion,
  RestateServer,
  repositoryRoot,
  Subject,
  temporaryFolder,
} from "@durable-agents/testkit";
import { execa } from "execa";
import { expect, test } from "vitest";
import { SUPPORTED_SDK_VERSION } from "../src/index.ts";

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

test("the package, packed by npm, installs and works in an empty project", { timeout: 60_000 }, async () => {
  const project = temporaryFolder("project");
  const env = cleanEnvironment(repositoryRoot);
  await execa("npm", ["pack", "--pack-destination", project], { cwd: join(import.meta.dirname, ".."), env });
  const tarball = readdirSync(project).find((file) => file.endsWith(".tgz"));
  expect(tarball).toBeDefined();

  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "empty", private: true, type: "module", scripts: { start: "exec node src/main.ts" } }),
  );
  mkdirSync(join(project, "src"));
  writeFileSync(join(project, "src/main.ts"), program);
  // Offline: what it needs is in pnpm's store, since this repository needs it too.
  const needs = [
    `@restatedev/restate-sdk@${SUPPORTED_SDK_VERSION}`,
    ...["typescript", "@types/node"].map((name) => `${name}@${installedVersion(repositoryRoot, name)}`),
  ];
  await execa("pnpm", ["add", "--offline", `./${tarball}`, ...needs], { cwd: project, env });
  const strict = ["--noEmit", "--strict", "--target", "es2024", "--module", "nodenext", "--types", "node"];
  await execa("node_modules/.bin/tsc", [...strict, "src/main.ts"], { cwd: project, env });

  await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  await using subject = await Subject.start({ folder: project });
  await server.register(subject.url);
  expect(await new Ingress(server.ingressUrl).call("Agent/run", {})).toEqual({
    status: 200,
    body: ["alpha found and read", "beta found and read"],
  });
});
