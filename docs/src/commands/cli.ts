import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { measuredOn, repositoryRoot } from "@durable-agents/testkit";
import { Command, InvalidArgumentError } from "commander";
import { contents, pageFiles } from "../contents.ts";
import { type Page, readPage } from "../page.ts";
import { defaultSdk, sdks } from "../sdks.ts";
import { recordMinutes } from "./minutes.ts";
import { pageLine, runPages } from "./run-pages.ts";
import { stepsOf } from "./steps.ts";
import { unexecuted } from "./unexecuted.ts";

const sdkNamed = (name: string) => {
  const found = sdks.find((sdk) => sdk.name === name);
  if (!found)
    throw new InvalidArgumentError(`There is no ${name}. There are: ${sdks.map(({ name }) => name).join(", ")}.`);
  return found;
};

const program = new Command("npm run docs:commands --")
  .description(
    "Runs the commands of pages as a reader does, in a temporary clone of this working tree, and compares what they print " +
      "with what the pages say. It takes ports of its own, ends whatever it has started, and writes nothing here.",
  )
  .argument("[pages...]", "files; all pages of docs/ unless given, in the order in which they are read")
  .option(
    "--sdk <name>",
    "the implementation to use instead of the one that the pages name; DOCS_SDK unless set",
    sdkNamed,
  )
  .option("--keep", "leave the clone where it is, and say where")
  .option("--record", "write how long the tutorial took to docs/tutorial/minutes.json; takes all of its pages")
  .option("--check", "run nothing; only look for commands that would not be run")
  .addHelpText("after", "\nExit code 1: a command did something else than its page says, or would not be\nrun.")
  .parse();

interface Options {
  sdk?: (typeof sdks)[number];
  keep?: boolean;
  record?: boolean;
  check?: boolean;
}

/** Every page in the order in which it is read: the first screen, the parts, the rest. */
function allPages(): string[] {
  const pages = ["index.md", ...contents().flatMap((part) => part.pages)];
  const files = pageFiles();
  return [...pages.filter((page) => files.includes(page)), ...files.filter((page) => !pages.includes(page))].map(
    (page) => `docs/${page}`,
  );
}

/** @throws Error if there is no such file */
function readGiven(file: string): Page {
  const path = [resolve(file), resolve(repositoryRoot, file)].find((candidate) => existsSync(candidate));
  if (!path) throw new Error(`There is no page ${file}.`);
  const inside = relative(repositoryRoot, path);
  return { ...readPage(path), file: inside.startsWith("..") ? file : inside };
}

async function main(files: string[], { sdk, keep, record, check }: Options): Promise<number> {
  if (record && files.length > 0) throw new Error("--record takes the whole tutorial: leave out the pages.");
  const chosen = files.length > 0 ? files : allPages().filter((page) => !record || page.startsWith("docs/tutorial/"));
  const pages = chosen.map(readGiven);
  const problems = pages.flatMap(unexecuted);
  for (const problem of problems) console.error(problem);
  if (check || problems.length > 0) {
    if (problems.length === 0) console.log(`${pages.length} pages; every command in them is one that is run.`);
    return problems.length > 0 ? 1 : 0;
  }

  const started = performance.now();
  const { runs, kept } = await runPages(
    pages.filter((page) => stepsOf(page).length > 0),
    {
      repository: repositoryRoot,
      sdk: sdk ?? (process.env.DOCS_SDK ? sdkNamed(process.env.DOCS_SDK) : defaultSdk),
      keep: keep ?? false,
      onPage: (run) => console.log(pageLine(run)),
    },
  );
  const failed = runs.filter(({ failure }) => failure !== undefined);
  const commands = runs.reduce((sum, run) => sum + run.commands, 0);
  const blocks = runs.reduce((sum, run) => sum + run.notRun.length, 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${commands} commands on ${runs.length} pages, ${failed.length} pages failed, ${blocks} blocks not run here, ${seconds} s`,
  );
  if (kept) console.log(`The clone: ${kept}`);
  if (record && failed.length === 0) recordMinutes(measuredOn("npm run docs:commands"), runs);
  return failed.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(program.args, program.opts<Options>());
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
