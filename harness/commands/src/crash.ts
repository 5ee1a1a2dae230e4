import {
  answerWithoutCrash,
  bringToCrashPoints,
  type CrashResult,
  type CrashTarget,
  crashEverywhere,
  crashPointOf,
  crashTargets,
  type RequestUnderWay,
} from "@durable-agents/crash-harness";
import {
  findImplementation,
  findImplementations,
  findPattern,
  type Pattern,
  patterns,
  startEnvironment,
} from "@durable-agents/testkit";
import { Command, InvalidArgumentError, Option } from "commander";
import { crashReport, overview, timeline } from "./crash-report.ts";

const count = (value: string) => {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It takes a number of model calls, 0 or more.");
  return Number(value);
};

const implementations = findImplementations().map(({ name }) => name);
const names = patterns.map(({ name }) => name);

const program = new Command("npm run crash --")
  .description(
    "Sends one request, lets some of its model calls complete, kills the service with SIGKILL and starts it again, and says " +
      "what was in the journal, what was repeated, and whether the answer is the one that comes without a crash. " +
      "Everything is real but the model, a mock that counts, and runs on ports of its own.",
  )
  .argument("<implementation>", `one of ${implementations.join(", ")}, or a folder`)
  .option("--pattern <name>", `one of ${names.join(", ")}, or all: one line each`, "router")
  .option("--after <calls>", "how many model calls are completed before the kill; half of them unless set", count)
  .addOption(new Option("--kill <what>", "what is killed").choices(crashTargets).default("service"))
  .option("--json", "print it as JSON")
  .addHelpText(
    "after",
    `
Exit code 1: a model call was repeated whose answer was in the journal, or the
answer is missing or another one.

Examples:
  npm run crash -- vercel-ai --pattern router --after 1
  npm run crash -- langgraph --pattern all --kill both`,
  )
  .parse();

interface Options {
  pattern: string;
  after?: number;
  kill: CrashTarget;
  json?: boolean;
}

/** @throws Error that says how many calls there are */
function requirePossible({ name, request: { modelCalls } }: Pattern, after: number): void {
  if (after <= modelCalls) return;
  throw new Error(
    `--after ${after} is too many: ${name} makes ${modelCalls} model calls, so it takes 0 to ${modelCalls}.`,
  );
}

async function main(implementation: string, { pattern, after, kill, json }: Options): Promise<number> {
  const { folder, manifest } = findImplementation(implementation);
  if (pattern !== "all" && !names.includes(pattern)) {
    throw new Error(`There is no pattern ${JSON.stringify(pattern)}. There are: ${names.join(", ")}, and all.`);
  }
  const chosen = pattern === "all" ? patterns : [findPattern(pattern)];
  for (const one of chosen) requirePossible(one, after ?? 0);

  await using environment = await startEnvironment({ folder });
  const requests = await answerWithoutCrash(
    environment,
    chosen.map(({ request }) => request),
  );
  // Answered one by one, calls come in an order that chance does not change.
  const oneByOne = await bringToCrashPoints(
    environment,
    requests.map((request) => crashPointOf(request, request.calls.length)),
  );
  const results = await crashEverywhere(environment, requests, {
    target: kill,
    points: (calls) => [after ?? Math.floor(calls / 2)],
  });
  const reports = chosen.map((one, index) =>
    crashReport(
      manifest.title,
      one,
      kill,
      (oneByOne[index] as RequestUnderWay).completed,
      results[index] as CrashResult,
    ),
  );
  const [only] = reports as [(typeof reports)[number]];
  if (json) console.log(JSON.stringify(pattern === "all" ? reports : only, null, 2));
  else console.log(pattern === "all" ? overview(reports) : timeline(only));
  return reports.every(({ asPromised }) => asPromised) ? 0 : 1;
}

try {
  process.exitCode = await main(program.args[0] as string, program.opts<Options>());
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
