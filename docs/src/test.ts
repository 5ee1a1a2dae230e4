import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Command } from "commander";
import { docsRoot, repositoryRoot } from "./repository.ts";

new Command("npm run docs:test --")
  .description(
    "Checks the documentation: what is made by a command, links, the site in a browser, and every command of every page. " +
      "DOCS_SDK=langgraph runs the commands with another implementation than vercel-ai.",
  )
  .addHelpText("after", "\nExit code 1: something is not as it should be; it says what.")
  .parse();

/** Runs a program of this package; its output is shown. @returns whether it ended with 0 */
const run = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { cwd: docsRoot, stdio: "inherit" }).status === 0;

const vitest = join(docsRoot, "node_modules/.bin/vitest");
const conformance = join(repositoryRoot, "harness/conformance");
const passed = [
  run(vitest, "run"),
  // The example of the page on approvals, in every implementation.
  run(vitest, "run", "--root", conformance, "test/approval.test.ts"),
  // The commands of the pages, in a temporary clone.
  run(process.execPath, join(docsRoot, "src/commands/cli.ts")),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
