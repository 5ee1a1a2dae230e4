import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { portNumber } from "@durable-agents/crash-harness";
import { findPattern, patterns, repositoryRoot } from "@durable-agents/testkit";
import { Command, InvalidArgumentError, Option } from "commander";
import { reasonOf } from "./costs/turns.ts";
import {
  formatResults,
  isAsPromised,
  printResults,
  requireWritable,
  runComparison,
  shown,
  writePage,
  writePicture,
  writeResults,
} from "./present.ts";
import { parseResults, type Results } from "./results.ts";
import { externalFolder, externalUrl, findSystems, type System } from "./systems.ts";

/** Where an implementation that runs elsewhere should find the mock model, unless --model-port says otherwise. */
const DEFAULT_MODEL_PORT = 4010;

/** The committed results of a full run, which the documentation's results page is drawn from. */
const COMMITTED = join(repositoryRoot, "results/comparison.json");

interface Options {
  quick?: boolean;
  only?: string[];
  pattern?: string[];
  external?: string[];
  url?: string;
  modelPort: number;
  output: string;
  publish?: boolean;
  page?: string;
}

const all = findSystems();
const names = all.map(({ info }) => info.name).join(", ");

/** Several values, with commas or the option given several times; the same one twice is one. */
const list = (value: string, before: string[] = []) => [
  ...new Set([...before, ...value.split(",").map((part) => part.trim())]),
];
/** Several folders; a folder's name may have a comma. */
const folders = (value: string, before: string[] = []) => [...new Set([...before, resolve(value)])];
const httpUrl = (value: string) => {
  if (!URL.canParse(value) || !/^https?:/.test(value))
    throw new InvalidArgumentError("It takes a URL such as http://host:9080.");
  return value;
};

const options = new Command("npm run compare --")
  .description(
    "Crashes every implementation, and the same work without Restate, in every way and at every moment, and measures what " +
      "durability costs. The model is a mock; what runs and is killed is real. A full run takes less than half an hour.",
  )
  .option("--quick", "one kill at every crash point, and few rounds of the costs: about a minute")
  .option("--only <names>", `some of ${names}`, list)
  .option("--pattern <ids>", `some of ${patterns.map(({ name }) => name).join(", ")}`, list)
  .option("--external <folder>", "an implementation elsewhere, beside the others; with --only, beside those", folders)
  .option("--url <url>", "an implementation that runs already; its process can't be killed", httpUrl)
  .option("--model-port <port>", "with --url: where the mock model listens", portNumber, DEFAULT_MODEL_PORT)
  .addOption(
    new Option("--output <file>", "where the raw samples go, with a page that shows them beside").default(
      join(repositoryRoot, "results/local/comparison.json"),
      "results/local/comparison.json",
    ),
  )
  .option("--publish", "write results/comparison.json as well; takes a full run of everything on an idle machine")
  .option(
    "--page <file>",
    "write the page, and of a full run the picture of a crash, for the raw samples in this file, and measure nothing",
  )
  .addHelpText(
    "after",
    `
Exit code 1: a request was lost, changed or paid for twice where durability is
promised, or a system got no numbers.

With --url, start the implementation with any OPENAI_API_KEY and
OPENAI_BASE_URL=http://127.0.0.1:${DEFAULT_MODEL_PORT}/v1.

Examples:
  npm run compare -- --quick
  npm run compare -- --only vercel-ai --pattern router
  npm run compare -- --only restate-only --external ../my-implementation`,
  )
  .parse()
  .opts<Options>();

/** What is compared: all of this repository unless --only says which, and external. */
function chosenSystems({ only, external: folders = [], url, modelPort }: Options): System[] {
  for (const name of only ?? []) {
    if (all.some(({ info }) => info.name === name)) continue;
    throw new Error(
      `There is no system ${JSON.stringify(name)}. There are: ${names}; from elsewhere: --external <folder>.`,
    );
  }
  const external = [...folders.map((folder) => externalFolder(folder)), ...(url ? [externalUrl(url, modelPort)] : [])];
  return [...all.filter(({ info }) => only?.includes(info.name) ?? true), ...external];
}

async function main(): Promise<number> {
  if (options.page !== undefined) {
    const results = readResults(options.page);
    console.log(`Page:    ${shown(await writePage(results, options.page))}`);
    if (results.timelines.length > 0) console.log(`Picture: ${shown(writePicture(results, options.page))}`);
    return 0;
  }
  const { quick, only, pattern, external, url, publish } = options;
  if (publish && (quick || only || pattern || external || url)) {
    throw new Error(
      "--publish takes a full run of everything: leave out --quick, --only, --pattern, --external and --url.",
    );
  }
  requireWritable(options.output);
  const results = await runComparison(chosenSystems(options), {
    mode: quick ? "quick" : "full",
    command: "npm run compare",
    patterns: pattern ? pattern.map(findPattern) : patterns,
  });
  const page = await writeResults(results, options.output);
  printResults(results);
  console.log(`\nRaw samples: ${shown(options.output)}\nPage:        ${shown(page)}`);
  if (publish && results.environment.disturbed !== null) throw new Error("A disturbed run is not published.");
  if (publish) {
    writeFileSync(COMMITTED, formatResults(results));
    writePicture(results, COMMITTED);
  }
  return isAsPromised(results) ? 0 : 1;
}

/** @throws Error that names the file, if there are no results, or those of another version */
function readResults(file: string): Results {
  try {
    return parseResults(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${reasonOf(error)}. --page takes what an earlier run has written.`);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${reasonOf(error)}`);
  process.exitCode = 1;
}
