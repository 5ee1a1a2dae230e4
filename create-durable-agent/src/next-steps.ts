import { resolve } from "node:path";
import type { Choices } from "./choices.ts";
import { curl } from "./curl.ts";
import { runScript } from "./run-script.ts";
import type { Pattern } from "./templates.ts";

/** The commands to go on with, to be pasted as they are. */
export function nextSteps({ directory, packageManager, install }: Choices, patterns: Pattern[]): string {
  const commands = [
    ...(resolve(directory) === process.cwd() ? [] : [`cd ${quoted(directory)}`]),
    ...(install ? [] : [`${packageManager} install`]),
    runScript(packageManager, "start"),
  ];
  const first = patterns.flatMap(({ requests }) => requests).find(({ shown }) => shown);
  const request = first ? `\n\nand, in a second terminal:\n\n  ${curl(first)}` : "";
  return `Next:\n\n${commands.map((command) => `  ${command}`).join("\n")}${request}\n\n${runScript(packageManager, "test")} kills it after each model call. README.md has the rest.`;
}

/** A path as a shell takes it. */
const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
