import { writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { ManagedProcess, repositoryRoot, temporaryFolder } from "@durable-agents/processes";
import { execa } from "execa";

/** Package managers that a machine may not have. Their newest releases when this was written. */
const others = { "@yarnpkg/cli-dist": "4.18.1", bun: "1.4.5" };

/** The environment of somebody who has never seen this repository: its Node and tools are not on the PATH. */
export function strangersEnvironment(before: string[] = [], extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_|INIT_CWD|NODE_(OPTIONS|PATH|ENV|V8)|VITEST|TEST|TURBO|RESTATE|OPENAI|CI$|(INGRESS|ADMIN|SERVICE|MODEL)_PORT$|PORT$)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(own), PATH: [...before, ...path].join(delimiter), ...extra };
}

/** Runs a command to its end. @throws Error with what it printed, if it fails */
export const run = (cwd: string, command: string, env: NodeJS.ProcessEnv) =>
  execa(command, { cwd, env, extendEnv: false, shell: true, all: true, stdin: "ignore" });

/** Packs the scaffolder as it would be published, by plain npm. @returns the tarball */
export async function packScaffolder(): Promise<string> {
  const folder = temporaryFolder("packed");
  const { stdout } = await run(
    join(repositoryRoot, "create-durable-agent"),
    `npm pack --silent --pack-destination ${folder}`,
    strangersEnvironment(),
  );
  return join(folder, stdout.trim().split("\n").at(-1) as string);
}

/** Installs the package managers. @returns the folder of their commands */
export async function installPackageManagers(pnpm: string): Promise<string> {
  const folder = temporaryFolder("package-managers");
  const dependencies = { ...others, pnpm };
  const allowScripts = { bun: true, pnpm: true };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies, allowScripts }));
  await run(folder, "npm install --no-audit --no-fund", strangersEnvironment());
  return join(folder, "node_modules/.bin");
}

/** The folder of the Node that this process runs on, for package managers that can't bring one. */
export const nodeFolder = dirname(process.execPath);

/** Starts a command that keeps running. */
export const keepRunning = (cwd: string, command: string, env: NodeJS.ProcessEnv) =>
  new ManagedProcess({ name: command, command: "sh", args: ["-c", command], cwd, env });
