import { findPattern, type Pattern, patterns } from "@durable-agents/compare";
import {
  advance,
  Bench,
  callPath,
  crashDuring,
  findImplementation,
  findImplementations,
  freshKey,
} from "@durable-agents/testkit";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  type CrashReport,
  crashReport,
  overview,
  type Strike,
  strikes,
  timeline,
  type Undisturbed,
} from "./crash-report.ts";

/** How long a request may take to be answered after the crash, in milliseconds; the model answers at once. */
const ANSWER_TIMEOUT = 60_000;

const count = (value: string) => {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It takes a number of model calls, 0 or more.");
  return Number(value);
};

const names = findImplementations().map(({ name }) => name);
const ids = patterns.map(({ id }) => id);

const program = new Command("npm run crash --")
  .description(
    "Sends one request, lets some of its model calls complete, kills the service with SIGKILL and starts it again, and says " +
      "what was in the journal, what was made again, and whether the answer is the one that comes without a crash. " +
      "Everything is real but the model, a mock that counts, and runs on ports of its own.",
  )
  .argument("<implementation>", `one of ${names.join(", ")}, or a folder`)
  .option("--pattern <id>", `one of ${ids.join(", ")}, or all: one line each`, "router")
  .option("--after <calls>", "how many model calls are completed before the kill; half of them unless set", count)
  .addOption(new Option("--strike <what>", "what is killed").choices(Object.keys(strikes)).default("service"))
  .option("--json", "print it as JSON")
  .addHelpText(
    "after",
    `
Exit code 1: a model call was made again whose answer was in the journal, or the
answer is missing or another one.

Examples:
  npm run crash -- vercel-ai --pattern router --after 1
  npm run crash -- langgraph --pattern all --strike both`,
  )
  .parse();

interface Options {
  pattern: string;
  after?: number;
  strike: Strike;
  json?: boolean;
}

/** @throws Error that says how many calls there are */
function requirePossible({ id, request: { modelCalls } }: Pattern, after: number): void {
  if (after <= modelCalls) return;
  throw new Error(
    `--after ${after} is too many: ${id} makes ${modelCalls} model calls, so it takes 0 to ${modelCalls}.`,
  );
}

/** Answers the request's model calls one by one, without a crash; so their order does not depend on chance. */
async function undisturbedRun({ request }: Pattern, bench: Bench): Promise<Undisturbed> {
  bench.model.reset();
  bench.model.hold();
  const id = await bench.ingress.send(callPath(request, freshKey("session")), request.body);
  const calls = await advance(bench, request.modelCalls);
  bench.model.stopHolding();
  return { reply: await bench.ingress.attach(id), calls };
}

/** @throws Error if the request can't be brought to the crash */
async function crashOnce(
  title: string,
  pattern: Pattern,
  bench: Bench,
  { after, strike }: Options,
): Promise<CrashReport> {
  const { modelCalls } = pattern.request;
  const undisturbed = await undisturbedRun(pattern, bench);
  const crashed = crashDuring(bench, pattern.request, after ?? Math.floor(modelCalls / 2), strikes[strike].disaster);
  const run = await inTime(crashed, pattern);
  return crashReport({ title, pattern, strike, undisturbed, run });
}

/** @throws Error that names the pattern, if there is no answer in time */
async function inTime<T>(answered: Promise<T>, { id }: Pattern): Promise<T> {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener("abort", () =>
      reject(new Error(`${id} has not been answered ${ANSWER_TIMEOUT / 1000} s after it was sent.`)),
    );
  });
  // Once it is late, it fails in its own way when the bench ends.
  answered.catch(() => undefined);
  return Promise.race([answered, late]);
}

async function main(name: string, options: Options): Promise<number> {
  const { folder, manifest } = findImplementation(name);
  if (options.pattern !== "all" && !ids.includes(options.pattern)) {
    throw new Error(`There is no pattern ${JSON.stringify(options.pattern)}. There are: ${ids.join(", ")}, and all.`);
  }
  const chosen = options.pattern === "all" ? patterns : [findPattern(options.pattern)];
  for (const pattern of chosen) requirePossible(pattern, options.after ?? 0);

  await using bench = await Bench.start({ folder });
  const reports: CrashReport[] = [];
  for (const pattern of chosen) reports.push(await crashOnce(manifest.title, pattern, bench, options));
  const [only] = reports as [CrashReport];
  if (options.json) console.log(JSON.stringify(options.pattern === "all" ? reports : only, null, 2));
  else console.log(options.pattern === "all" ? overview(reports) : timeline(only));
  return reports.every(({ asPromised }) => asPromised) ? 0 : 1;
}

try {
  process.exitCode = await main(program.args[0] as string, program.opts<Options>());
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`error: ${message}`);
  if (message.includes("everything waits for the model")) {
    console.error("Is each of its model calls a step of the journal? npm run conformance says which one is not.");
  }
  process.exitCode = 1;
}
