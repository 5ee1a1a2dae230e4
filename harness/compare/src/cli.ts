import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { portNumber, repositoryRoot } from "@durable-agents/testkit";
import { Command, InvalidArgumentError, Option } from "commander";
import { agreementOf, formatAgreement } from "./pages/agreement.ts";
import { checkDocuments, writeDocuments } from "./pages/documents.ts";
import { findPattern, patterns } from "./patterns.ts";
import { isAsPromised, printResults, requireWritable, runComparison, shown, writeResults } from "./present.ts";
import { parseResults, type Results } from "./results.ts";
import { findGuest, findSubjects, type Subject } from "./subjects.ts";

/** Where an implementation that runs elsewhere should find the mock model, unless --model-port says otherwise. */
const DEFAULT_MODEL_PORT = 4010;

/** The committed results of a full run, from which the committed documents are made. */
const COMMITTED = join(repositoryRoot, "results/comparison.json");

interface Options {
  quick?: boolean;
  only?: string[];
  pattern?: string[];
  subject?: string[];
  url?: string;
  modelPort: number;
  output: string;
  publish?: boolean;
  render?: boolean;
  check?: boolean;
  against?: string;
}

const all = findSubjects();
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
  .option("--quick", "one kill at every crash point, and few rounds of the costs: less than three minutes")
  .option("--only <names>", `some of ${names}`, list)
  .option("--pattern <ids>", `some of ${patterns.map(({ id }) => id).join(", ")}`, list)
  .option("--subject <folder>", "an implementation elsewhere, beside the others; with --only, beside those", folders)
  .option("--url <url>", "an implementation that runs already; its process can't be killed", httpUrl)
  .option("--model-port <port>", "with --url: where the mock model listens", portNumber, DEFAULT_MODEL_PORT)
  .addOption(
    new Option("--output <file>", "where the raw samples go, with a report beside them").default(
      join(repositoryRoot, "results/local/comparison.json"),
      "results/local/comparison.json",
    ),
  )
  .option(
    "--publish",
    "write results/comparison.json and the documents that are made from it; takes a full run of everything",
  )
  .option("--render", "make the committed documents anew from results/comparison.json, and measure nothing")
  .option("--check", "fail if a committed document does not follow from results/comparison.json, and measure nothing")
  .option("--against <file>", "say how far the samples of another run agree with results/comparison.json")
  .addHelpText(
    "after",
    `
Exit code 1: a request was lost, changed or paid for twice where durability is
promised, somebody got no numbers, or --check or --against found a difference.

With --url, start the implementation with any OPENAI_API_KEY and
OPENAI_BASE_URL=http://127.0.0.1:${DEFAULT_MODEL_PORT}/v1.

Examples:
  npm run compare -- --quick
  npm run compare -- --only vercel-ai --pattern router
  npm run compare -- --only restate-only --subject ../my-implementation`,
  )
  .parse()
  .opts<Options>();

/** What is compared: all of this repository unless --only says which, and guests. */
function chosenSubjects({ only, subject: folders = [], url, modelPort }: Options): Subject[] {
  for (const name of only ?? []) {
    if (all.some(({ info }) => info.name === name)) continue;
    throw new Error(
      `There is no subject ${JSON.stringify(name)}. There are: ${names}; somebody else's: --subject <folder>.`,
    );
  }
  const guests = [...folders.map((folder) => findGuest({ folder })), ...(url ? [findGuest({ url, modelPort })] : [])];
  return [...all.filter(({ info }) => only?.includes(info.name) ?? true), ...guests];
}

async function main(): Promise<number> {
  if (options.check) {
    const stale = checkDocuments(readCommitted());
    for (const file of stale) console.error(`${file} does not follow from results/comparison.json.`);
    if (stale.length > 0) console.error("npm run compare -- --render makes them anew.");
    else console.log("The committed documents follow from results/comparison.json.");
    return stale.length > 0 ? 1 : 0;
  }
  if (options.against !== undefined) {
    const agreement = agreementOf(
      readCommitted(),
      readResults(options.against, "--against takes what an earlier run has written."),
    );
    console.log(formatAgreement(agreement));
    return agreement.counts.differ.length > 0 ? 1 : 0;
  }
  if (options.render) {
    console.log(`Made anew: ${writeDocuments(readCommitted()).join(", ")}`);
    return 0;
  }
  const { quick, only, pattern, subject, url, publish } = options;
  if (publish && (quick || only || pattern || subject || url)) {
    throw new Error(
      "--publish takes a full run of everything: leave out --quick, --only, --pattern, --subject and --url.",
    );
  }
  const output = publish ? COMMITTED : options.output;
  requireWritable(output);
  const results = await runComparison(chosenSubjects(options), {
    mode: quick ? "quick" : "full",
    command: "npm run compare",
    patterns: pattern ? pattern.map(findPattern) : patterns,
  });
  const report = writeResults(results, output);
  if (publish) writeDocuments(results);
  printResults(results);
  console.log(`\nRaw samples: ${shown(output)}\nReport:      ${shown(report)}`);
  return isAsPromised(results) ? 0 : 1;
}

const readCommitted = () => readResults(COMMITTED, "npm run compare -- --publish measures them.");

/** @throws Error that ends with the advice, if there are no results, or those of another version */
function readResults(file: string, advice: string): Results {
  if (!existsSync(file)) throw new Error(`There is no ${shown(file)}. ${advice}`);
  try {
    return parseResults(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${shown(file)}: ${error instanceof Error ? error.message : error}. ${advice}`);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
