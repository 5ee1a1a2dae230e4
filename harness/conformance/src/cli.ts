import { portNumber } from "@durable-agents/crash-harness";
import { findImplementation, findImplementations } from "@durable-agents/testkit";
import { Command, InvalidArgumentError } from "commander";
import { clauseOf, clauseTitles } from "./check.ts";
import { formatResults, isConformant } from "./report.ts";
import { allChecks, type CheckResult, runConformance } from "./run.ts";

/** Where an implementation that runs elsewhere should find the mock model, unless --model-port says otherwise. */
const DEFAULT_MODEL_PORT = 4010;

const httpUrl = (value: string) => {
  if (!URL.canParse(value) || !/^https?:/.test(value))
    throw new InvalidArgumentError("It takes a URL such as http://host:9080.");
  return value;
};

const roundCount = (value: string) => {
  if (!/^[1-9]\d*0$/.test(value)) throw new InvalidArgumentError("It takes a multiple of ten.");
  return Number(value);
};

const program = new Command("npm run conformance --")
  .description("Judges an implementation by the clauses of SPEC.md, from outside its process.")
  .argument("[implementation]", "a name in packages/, or the folder of an implementation elsewhere")
  .option("--url <url>", "an implementation that runs already; what needs to kill it is not judged", httpUrl)
  .option("--model-port <port>", "with --url: where the mock model listens", portNumber, DEFAULT_MODEL_PORT)
  .option("--rounds <count>", "how often D3 runs each pattern", roundCount, 50)
  .option("--grep <text>", "only the checks whose clause, id or title contains this, such as C3 or router")
  .addHelpText(
    "after",
    `
Exit code 1: a check failed, or one that is declared as known to fail passed.

With --url, start the implementation with any OPENAI_API_KEY and
OPENAI_BASE_URL=http://127.0.0.1:${DEFAULT_MODEL_PORT}/v1; if it asks another model, what
counts model calls is not judged.

Examples:
  npm run conformance -- vercel-ai
  npm run conformance -- restate-only --grep C3
  npm run conformance -- --url http://localhost:9080`,
  )
  .parse();

const [name] = program.args;
const { url, modelPort, rounds, grep } = program.opts<{
  url?: string;
  modelPort: number;
  rounds: number;
  grep?: string;
}>();
if ((name === undefined) === (url === undefined)) {
  const names = findImplementations().map((implementation) => implementation.name);
  program.error(`error: give one implementation (${names.join(", ")}, or a folder), or --url`);
}

const wanted = grep?.toLowerCase() ?? "";
const filter = ({ id, title }: { id: string; title: string }) =>
  // A clause, or the letter of several, is not looked for in titles: every "f" would be found.
  /^[a-z]\d?$/.test(wanted)
    ? id.toLowerCase().startsWith(wanted)
    : `${id}: ${title} ${clauseTitles[clauseOf(id)]}`.toLowerCase().includes(wanted);
const selected = allChecks.filter(filter);
if (selected.length === 0) {
  program.error(
    `error: no check contains ${JSON.stringify(grep)}; clauses are ${Object.keys(clauseTitles).join(", ")}`,
  );
}

try {
  const implementation = name === undefined ? undefined : findImplementation(name);
  const results = await runConformance({
    ...(implementation
      ? { system: { folder: implementation.folder }, knownFailing: implementation.manifest.knownFailing }
      : { system: { url: url as string }, modelPort }),
    filter,
    rounds,
    onResult: printCompleteClauses(),
  });
  const count = (...outcomes: CheckResult["outcome"][]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const others = [
    count("known") && `${count("known")} known to fail`,
    count("not judged") && `${count("not judged")} not judged`,
  ];
  const summary = [
    `${count("passed")} ${count("passed") === 1 ? "check" : "checks"} passed`,
    `${count("failed", "fixed")} failed`,
    ...others.filter(Boolean),
  ];
  console.log(`\n${implementation?.manifest.title ?? url}: ${summary.join(", ")}`);
  // What a check that was given up still waits for must not keep the process.
  process.exit(isConformant(results) ? 0 : 1);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

/** Prints a clause as soon as all of its checks are through. */
function printCompleteClauses(): (result: CheckResult) => void {
  const open = Map.groupBy(selected, ({ id }) => clauseOf(id));
  const done: CheckResult[] = [];
  return (result) => {
    done.push(result);
    const clause = clauseOf(result.id);
    const results = done.filter(({ id }) => clauseOf(id) === clause);
    if (results.length === open.get(clause)?.length) console.log(formatResults(results));
  };
}
