import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { isListening, ManagedProcess, removeFolder, temporaryFolder, waitFor } from "@durable-agents/crash-harness";
import { findImplementations, readPackage, repositoryRoot } from "@durable-agents/testkit";
import { execa } from "execa";
import { unzipSync } from "fflate";
import getPort from "get-port";
import { beforeAll, describe, expect, test } from "vitest";
import { withCommandsOf } from "../src/commands.ts";
import type { PackageManager } from "../src/package-files.ts";

// What is published is packed and run outside of the repository; what it makes is installed, started, killed and tested.

/** Each SDK and each package manager; and npm, which warns of packages that want a newer Node, with what each SDK brings. */
const made: [sdk: string, packageManager: PackageManager, flags: string][] = [
  ["langgraph", "npm", ""],
  ["vercel-ai", "pnpm", ""],
  ["openai-agents", "yarn", ""],
  ["restate-only", "bun", ""],
  ["openai-agents", "npm", "--pattern router"],
];

/** Packages of the SDKs themselves that ask for Node 22, of which npm warns on Node 20. */
const vercelAi = /^(ai|@ai-sdk\/[\w-]+)@/;
const asksForNode22: Record<string, RegExp> = { "openai-agents": /^openai@/, "vercel-ai": vercelAi };

/** Package managers that a machine may not have: newest releases when this was written, and the pnpm of this repository. */
const [, pnpm = ""] = String(readPackage(repositoryRoot).packageManager).split("@");
const packageManagers = { "@yarnpkg/cli-dist": "4.18.1", bun: "1.4.5", pnpm };

let scaffolder: string;
let tools: string;
beforeAll(async () => {
  const [packed, installed] = [temporaryFolder("packed"), temporaryFolder("package-managers")];
  const manifest = { private: true, dependencies: packageManagers, allowScripts: { bun: true, pnpm: true } };
  writeFileSync(join(installed, "package.json"), JSON.stringify(manifest));
  await Promise.all([
    run(join(repositoryRoot, "create-durable-agent"), `npm pack --pack-destination ${packed}`),
    run(installed, "npm install --no-audit --no-fund"),
  ]);
  scaffolder = join(packed, `create-durable-agent-${readPackage(join(import.meta.dirname, "..")).version}.tgz`);
  tools = join(installed, "node_modules/.bin");
});

/** The environment of a machine that has never seen this repository. Yarn can't bring Node 24, so it finds ours. */
function environment(packageManager?: PackageManager): NodeJS.ProcessEnv {
  const foreign = /^(npm_|INIT_CWD|NODE_(OPTIONS|PATH|ENV|V8|COMPILE)|VITEST|TEST|RESTATE|OPENAI|CI$|(\w+_)?PORT$)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const before = [
    ...(packageManager ? [tools] : []),
    ...(packageManager === "yarn" ? [dirname(process.execPath)] : []),
  ];
  return { ...Object.fromEntries(own), PATH: [...before, ...path].join(delimiter) };
}

/** Runs a command to its end. @throws Error with what it printed, if it fails */
const run = (cwd: string, command: string, packageManager?: PackageManager) =>
  execa(command, { cwd, env: environment(packageManager), extendEnv: false, shell: true, all: true, stdin: "ignore" });

test("every SDK has its turn", () => {
  const sdks = made.filter(([, , flags]) => flags === "").map(([sdk]) => sdk);
  expect(sdks.sort()).toEqual(
    findImplementations()
      .map(({ name }) => name)
      .sort(),
  );
});

describe.concurrent("outside of the repository", () => {
  test.each(made)(
    "%s, %s %s: installs, starts, answers, survives, and passes its test",
    async (sdk, manager, flags) => {
      const outside = temporaryFolder("scaffolded");
      const command = `create-durable-agent my-agent --sdk ${sdk} ${flags}`;
      // As `npm create` does it; with pnpm by pnpm, so that it finds out who runs it.
      const create =
        manager === "pnpm"
          ? `pnpm --package=${scaffolder} dlx ${command}`
          : `npm exec --yes --package=${scaffolder} -- ${command} --package-manager ${manager}`;
      const { stdout } = await run(outside, create, manager);
      expect(stdout).toContain(`  cd my-agent\n  ${manager} install\n`);
      const folder = join(outside, "my-agent");
      await judge(folder, manager, asksForNode22[sdk]);
      if (flags === "") {
        takeStepOut(folder);
        const crashTest = withCommandsOf(manager, "npm test -- --test-name-pattern=service");
        const failed = await run(folder, crashTest, manager).catch((error) => error);
        expect(failed.exitCode).toBe(1);
        expect(failed.stdout).toMatch(
          /POST \/refunds was completed, and is repeated|not an instance of RestatePromise/,
        );
      }
      removeFolder(outside);
    },
  );

  test("a zip with all patterns: installs, starts, answers, survives, and passes its test", async () => {
    const zips = temporaryFolder("zips");
    await run(repositoryRoot, `npm run export -- --output ${zips}`);
    const folder = temporaryFolder("unzipped");
    const zip = readFileSync(join(zips, "typescript-restate-only-durable-patterns.zip"));
    for (const [path, content] of Object.entries(unzipSync(zip))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    // Its patterns ask single questions with the Vercel AI SDK.
    await judge(folder, "npm", vercelAi);
  });
});

/** Takes the refund out of the journal, as by forgetting `ctx.run`. @throws Error if it is not there */
function takeStepOut(project: string): void {
  const file = join(project, "src/agent.ts");
  const source = readFileSync(file, "utf8");
  const mutated = source.replace(/ctx\.run\("refund_shipping", \(\) => (shop\(.*\))\);/, "$1;");
  if (mutated === source) throw new Error(`${file} makes no refund in a step`);
  writeFileSync(file, mutated);
}

/** Does what README.md says: installs, starts, sends its requests, kills the service meanwhile, and runs the test. */
async function judge(folder: string, packageManager: PackageManager, mayWarn = /^$/): Promise<void> {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const [first = "", curls = ""] = [...readme.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, block]) => block);
  const [install = "", start = ""] = first.split("\n");
  const { all: said } = await run(folder, install, packageManager);
  const warned = [...said.matchAll(/(?:EBADENGINE\s+package: '|Unsupported engine for )([^':\s]+)/g)];
  expect(warned.map(([, name = ""]) => name).filter((name) => !mayWarn.test(name))).toEqual([]);
  await run(folder, withCommandsOf(packageManager, "npm run typecheck"), packageManager);

  const names = ["INGRESS_PORT", "ADMIN_PORT", "SERVICE_PORT", "MODEL_PORT"];
  const ports = await Promise.all(names.map(async (name) => [name, String(await getPort())] as const));
  const env = { ...environment(packageManager), ...Object.fromEntries(ports) };
  await using running = new ManagedProcess({ name: start, command: "sh", args: ["-c", start], cwd: folder, env });
  await running.ready(async () => running.output.includes("Crash it:"));
  for (const [index, line] of curls.split("\n").entries()) {
    const curl = line.replace(":8080", `:${env.INGRESS_PORT}`);
    expect(running.output, "it prints the curls of README.md").toContain(curl);
    const asked = run(folder, `${curl} --silent --show-error --fail-with-body`);
    // With the first one, the service is killed once the model has answered for the first time.
    if (index === 0) {
      await waitFor("the model has answered", () => /^model call .* answered$/m.test(running.output));
      const pid = Number(readFileSync(join(folder, ".restate/service.pid"), "utf8"));
      expect((await run(folder, `ps -o args= -p ${pid}`)).stdout).toMatch(/^node src\/serve\.ts/);
      process.kill(pid, "SIGKILL");
    }
    expect((await asked).stdout).toMatch(curl.includes("/Support/") ? /4711 .* \$5 for shipping/ : /./);
  }
  expect(running.output).toContain("The service has ended; starting the service again");
  running.signal("SIGINT");
  await running.exited;
  for (const [, port] of ports) await waitFor(`port ${port} is free`, async () => !(await isListening(Number(port))));

  const { stdout } = await run(folder, withCommandsOf(packageManager, "npm test"), packageManager);
  expect(stdout).toMatch(/✔ 1 of \d+ steps completed; in flight, so repeated: .*\bfail 0\b/s);
}
