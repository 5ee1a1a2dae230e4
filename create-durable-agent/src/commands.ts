import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { Pattern } from "./assets.ts";
import type { Choices } from "./choices.ts";
import type { PackageManager } from "./package-files.ts";

/** A text in which commands are those of a package manager, where it has npm's. */
export function withCommandsOf(packageManager: PackageManager, text: string): string {
  if (packageManager === "npm") return text;
  // `bun test` is something else than the script.
  const run = packageManager === "bun" ? "bun run" : packageManager;
  return text
    .replace(/\bnpm install\b/g, `${packageManager} install`)
    .replace(/\bnpm (run )?(start|test|dev|serve|typecheck)\b( --)?/g, `${run} $2`);
}

/** A request as a command, to be pasted as it is. */
export function curl({ call, body }: Pattern["requests"][number]): string {
  const json = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl localhost:8080/restate/call/${call.replace("{sessionId}", "session123")} --json '${json}'`;
}

/** The commands to go on with, to be pasted as they are. */
export function nextSteps({ directory, packageManager, install }: Choices, readme: string): string {
  const commands = [
    ...(resolve(directory) === process.cwd() ? [] : [`cd ${quoted(directory)}`]),
    ...(install ? [] : ["npm install"]),
    "npm start",
  ].map((command) => `  ${command}`);
  const [request] = readme.match(/^curl .*$/m) ?? [];
  const steps = `Next:\n\n${commands.join("\n")}\n\nand, in a second terminal:\n\n  ${request}`;
  return withCommandsOf(packageManager, `${steps}\n\nnpm test kills it at every step. README.md has the rest.`);
}

/** A path as a shell takes it. */
const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/**
 * Installs what a project needs. The project stays when that fails: it is complete, and installing can be tried again.
 *
 * @returns the exit code: 0, or 1 after it has said what failed
 */
export function install({ directory, packageManager }: Choices): number {
  console.log(`\n${packageManager} install …`);
  const { status, signal, error } = spawnSync(packageManager, ["install"], {
    cwd: directory,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status === 0) return 0;
  const why = error?.message ?? signal ?? status;
  console.error(`error: ${packageManager} install failed (${why}). The project is there; try it again in its folder.`);
  return 1;
}
