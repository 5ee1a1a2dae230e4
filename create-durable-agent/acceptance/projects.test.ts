import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isListening, repositoryRoot, temporaryFolder, waitFor } from "@durable-agents/processes";
import { Bench, exampleRequests } from "@durable-agents/testkit";
import { unzipSync } from "fflate";
import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeTemplates } from "../export/templates.ts";
import { writeZips } from "../export/zips.ts";
import { runScript } from "../src/run-script.ts";
import { type PackageManager, readTemplates } from "../src/templates.ts";
import {
  installPackageManagers,
  keepRunning,
  nodeFolder,
  packScaffolder,
  run,
  strangersEnvironment,
} from "./machine.ts";

// Before all: the names of the SDKs are in the templates.
await makeTemplates();
const templates = readTemplates();
const sdks = templates.sdks.map(({ name }) => name);

let scaffolder: string;
let tools: string;
beforeAll(async () => {
  const { packageManager } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"));
  [scaffolder, tools] = await Promise.all([packScaffolder(), installPackageManagers(packageManager.split("@")[1])]);
});

const benches = new Map<string, Promise<Bench>>();
afterAll(async () => {
  for (const bench of benches.values()) await (await bench)[Symbol.asyncDispose]();
});

/** What the implementation in the repository answers. */
async function answerHere(sdk: string, path: string, body: string): Promise<unknown> {
  const started = benches.get(sdk) ?? Bench.start({ folder: join(repositoryRoot, "packages", sdk) });
  benches.set(sdk, started);
  const { ingress } = await started;
  return (await ingress.call(path, body)).body;
}

/** Yarn can't bring Node 24; everybody else runs on what the machine has. */
const environment = (packageManager: PackageManager, extra: Record<string, string> = {}) =>
  strangersEnvironment(packageManager === "yarn" ? [tools, nodeFolder] : [tools], extra);

const scaffolded: [sdk: string, packageManager: PackageManager][] = [
  ...sdks.flatMap((sdk): [string, PackageManager][] => [
    [sdk, "npm"],
    [sdk, "pnpm"],
  ]),
  ["openai-agents", "yarn"],
  ["langgraph", "bun"],
];

describe.concurrent("outside of the repository", () => {
  // First, since it takes longest.
  test("a zip with all patterns: installs, starts, answers, survives, and passes its own test", async () => {
    const zip = writeZips(temporaryFolder("zips")).find((path) => basename(path).includes("restate-only")) as string;
    const folder = join(temporaryFolder("unzipped"), "restate-only");
    for (const [path, content] of Object.entries(unzipSync(readFileSync(zip)))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    await judge(folder, "restate-only", "npm", environment("npm"));
  });

  test.each(scaffolded)(
    "%s, %s: installs, starts, answers, survives, and passes its own test",
    async (sdk, packageManager) => {
      const outside = temporaryFolder("scaffolded");
      const env = environment(packageManager);
      const command = `create-durable-agent my-agent --sdk ${sdk} --pattern router`;
      // As `npm create` does it. With pnpm by pnpm, so that it finds out who runs it.
      const made =
        packageManager === "pnpm"
          ? await run(outside, `pnpm --package=${scaffolder} dlx ${command}`, env)
          : await run(
              outside,
              `npm exec --yes --package=${scaffolder} -- ${command} --package-manager ${packageManager}`,
              env,
            );
      expect(made.stdout).toContain(`  cd my-agent\n  ${packageManager} install\n`);
      await judge(join(outside, "my-agent"), sdk, packageManager, env);
    },
  );
});

/** Does what README.md says: installs, starts, sends its requests, kills the service meanwhile, and runs the tests. */
async function judge(
  folder: string,
  sdk: string,
  packageManager: PackageManager,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const [first = "", curls = ""] = [...readme.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, block]) => block);
  const [install = "", start = ""] = first.split("\n");
  await run(folder, install, env);
  await run(folder, runScript(packageManager, "typecheck"), env);

  const ports = {
    INGRESS_PORT: await getPort(),
    ADMIN_PORT: await getPort(),
    SERVICE_PORT: await getPort(),
    MODEL_PORT: await getPort(),
  };
  const portVariables = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  await using running = keepRunning(folder, start, { ...env, ...portVariables });
  await running.ready(async () => running.output.includes("Crash it:"), 120_000);

  const requests = curls.split("\n").map((line) => ({ line, ...partsOf(line) }));
  expect(requests.length).toBeGreaterThan(0);
  for (const { line, path, body } of requests) {
    expect(running.output, "it prints the curls of README.md").toContain(
      line.replace(":8080", `:${ports.INGRESS_PORT}`),
    );
    const answer = await answerHere(sdk, path, body);
    const asked = run(
      folder,
      `${line.replace(":8080", `:${ports.INGRESS_PORT}`)} --silent --show-error --fail-with-body`,
      env,
    );
    // With the first one, the service is killed once the model has answered for the first time.
    if (line === requests[0]?.line) {
      await waitFor("the model has answered", () => /^model call .* answered$/m.test(running.output), {
        timeout: 60_000,
      });
      const pid = Number(readFileSync(join(folder, ".restate/service.pid"), "utf8"));
      expect((await run(folder, `ps -o args= -p ${pid}`, env)).stdout, "the service itself").toMatch(
        /^node src\/serve\.ts/,
      );
      process.kill(pid, "SIGKILL");
    }
    expect(JSON.parse((await asked).stdout)).toEqual(answer);
  }
  expect(running.output).toContain("The service has ended; starting the service again");

  running.signal("SIGINT");
  await running.exited;
  for (const port of Object.values(ports))
    await waitFor(`port ${port} is free`, async () => !(await isListening(port)));

  const { stdout } = await run(folder, runScript(packageManager, "test"), env);
  const killed = exampleRequests
    .filter(({ name }) => existsSync(join(folder, "requests", `${name}.json`)))
    .reduce((sum, { modelCalls }) => sum + modelCalls, 0);
  expect(stdout.match(/✓.*killed after/g)).toHaveLength(killed);
}

/** Where a curl sends what. */
function partsOf(line: string): { path: string; body: string } {
  const [, path = "", body = ""] = line.match(/^curl localhost:8080\/(\S+) --json '(.*)'$/) ?? [];
  expect(path, line).not.toBe("");
  return { path, body };
}
