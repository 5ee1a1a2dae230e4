import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { repositoryRoot } from "@durable-agents/testkit";
import { Command, InvalidArgumentError, Option } from "commander";
import { contents, pageFiles } from "../contents.ts";
import { type Page, readPage } from "../page.ts";
import { defaultSdk, type Sdk, sdks } from "../sdks.ts";
import { pageLine, runPages } from "./run-pages.ts";
import { unexecuted } from "./unexecuted.ts";

interface Options {
  sdk: string;
  atOnce: number;
  keep: boolean;
}

const program = new Command("npm run docs:commands --")
  .description(
    "Runs the commands of pages as a reader does, in temporary clones of this working tree, and compares what they print " +
      "with what the pages say. They take ports of their own, end what they have started, and write nothing here.",
  )
  .argument("[pages...]", "files; all pages of docs/ unless given, in the order in which they are read")
  .addOption(
    new Option("--sdk <name>", "the implementation to use instead of the one that the pages name")
      .choices(sdks.map(({ name }) => name))
      .default(defaultSdk.name),
  )
  .option("--at-once <number>", "how many pages are run at the same time, each in a clone of its own", count, 2)
  .option("--keep", "leave the clones where they are, and say where", false)
  .addHelpText("after", "\nExit code 1: a command did something else than its page says, or would not be\nrun.")
  .parse();

function count(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes a whole number from 1.");
}

/** @throws Error if there is no such file */
function readGiven(file: string): Page {
  const path = [resolve(file), resolve(repositoryRoot, file)].find((candidate) => existsSync(candidate));
  if (!path) throw new Error(`There is no page ${file}.`);
  const inside = relative(repositoryRoot, path);
  return { ...readPage(path), file: inside.startsWith("..") ? file : inside };
}

async function main(files: string[], { sdk, atOnce, keep }: Options): Promise<boolean> {
  const inOrder = [...new Set([...contents().flatMap(({ pages }) => pages), ...pageFiles()])];
  const known = pageFiles();
  const all = inOrder.filter((page) => known.includes(page)).map((page) => `docs/${page}`);
  const pages = (files.length > 0 ? files : all).map(readGiven);
  const problems = pages.flatMap(unexecuted);
  if (problems.length > 0) throw new Error(problems.join("\n"));

  const started = performance.now();
  const runs = await runPages(pages, {
    repository: repositoryRoot,
    sdk: sdks.find(({ name }) => name === sdk) as Sdk,
    atOnce,
    keep,
    onPage: (run) => console.log(pageLine(run)),
  });
  const failed = runs.filter(({ failure }) => failure !== undefined).length;
  const commands = runs.reduce((sum, run) => sum + run.commands, 0);
  const notRun = runs.reduce((sum, run) => sum + run.notRun.length, 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${commands} commands on ${runs.length} pages, ${failed} pages failed, ${notRun} blocks not run here, ${seconds} s`,
  );
  if (keep) for (const clone of new Set(runs.map(({ root }) => root))) console.log(`A clone: ${clone}`);
  return failed === 0;
}

try {
  process.exitCode = (await main(program.args, program.opts<Options>())) ? 0 : 1;
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
