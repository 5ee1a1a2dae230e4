import { Bench, type BenchOptions, isListening, NotJudgedError } from "@durable-agents/testkit";
import type { Check, Track } from "./check.ts";
import { allTracks, timedTrack, tracks } from "./tracks.ts";

/** What came of a check. */
export interface CheckResult {
  id: string;
  title: string;
  /**
   * `known`: it fails, as the manifest says. `fixed`: it passes, although the manifest says that it fails.
   * `not judged`: it needs something that is not here; the message says what.
   */
  outcome: "passed" | "failed" | "known" | "fixed" | "not judged";
  /** What fell short, or why it was not judged. */
  message?: string;
  /** Milliseconds. */
  duration: number;
}

export interface ConformanceOptions {
  /** The implementation: its folder, or the URL where it runs. */
  subject: { folder: string } | { url: string };
  /** What fails, by id of a check or clause, and why: from the manifest. */
  knownFailing?: Record<string, string>;
  /** Which checks to run; all unless set. */
  filter?: (check: Check) => boolean;
  /** The mock model's port, for an implementation that runs elsewhere; free ones unless set. */
  modelPort?: number;
  /** Gets each result as it comes. */
  onResult?: (result: CheckResult) => void;
}

/** How many tracks run beside each other. An implementation that runs elsewhere has one address, so one at a time. */
const TRACKS_AT_ONCE = 3;

/** When a check is given up, in milliseconds. */
const CHECK_TIMEOUT = 120_000;

/** All checks there are, in the order of their ids. */
export const allChecks: Check[] = allTracks
  .flatMap(({ checks }) => checks)
  .toSorted((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));

/**
 * Judges an implementation.
 *
 * @returns a result for each check, in the order in which they came
 * @throws Error if nobody listens where an implementation should run, or somebody does where the model should
 */
export async function runConformance(options: ConformanceOptions): Promise<CheckResult[]> {
  if ("url" in options.subject) await requireReachable(options.subject.url, options.modelPort);
  const results: CheckResult[] = [];
  const report = (result: CheckResult) => {
    results.push(result);
    options.onResult?.(result);
  };
  const queue = [...tracks];
  const runTracks = async () => {
    for (let track = queue.shift(); track; track = queue.shift()) await runTrack(track, options, report);
  };
  await Promise.all(Array.from({ length: "url" in options.subject ? 1 : TRACKS_AT_ONCE }, runTracks));
  await runTrack(timedTrack, options, report);
  return results;
}

async function requireReachable(url: string, modelPort = 0): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const listens = await isListening(Number(port) || (protocol === "https:" ? 443 : 80), hostname);
  if (!listens) throw new Error(`Nobody listens at ${url}. Start the implementation first.`);
  if (modelPort !== 0 && (await isListening(modelPort))) {
    throw new Error(`Port ${modelPort}, for the mock model, is busy. Choose another one with --model-port.`);
  }
}

async function runTrack(track: Track, options: ConformanceOptions, report: (result: CheckResult) => void) {
  const checks = track.checks.filter(options.filter ?? (() => true));
  let bench: Bench | undefined;
  try {
    for (const check of checks) {
      const started = performance.now();
      let failure: unknown;
      try {
        bench ??= await Bench.start(benchOptions(track, options));
        requireWhatIsNeeded(track, bench);
        await withDeadline(check, bench);
      } catch (error) {
        failure = error;
        // Whatever state it left: the next check starts on a bench of its own.
        if (!(error instanceof NotJudgedError)) {
          await bench?.[Symbol.asyncDispose]();
          bench = undefined;
        }
      }
      report(resultOf(check, failure, performance.now() - started, options.knownFailing ?? {}));
    }
  } finally {
    await bench?.[Symbol.asyncDispose]();
  }
}

/** @throws NotJudgedError if the implementation runs elsewhere, or asks another model */
function requireWhatIsNeeded({ needs }: Track, bench: Bench): void {
  if (needs.includes("process")) bench.requireProcess();
  if (needs.includes("model")) bench.requireMockedModel();
}

function benchOptions(track: Track, { subject, modelPort }: ConformanceOptions): BenchOptions {
  return { ...track.bench, ...subject, ...(modelPort !== undefined && { model: { port: modelPort } }) };
}

async function withDeadline(check: Check, bench: Bench): Promise<void> {
  const deadline = Promise.withResolvers<never>();
  const error = new Error(`${check.id} was not over after ${CHECK_TIMEOUT / 1000} s`);
  const timer = setTimeout(() => deadline.reject(error), CHECK_TIMEOUT);
  try {
    await Promise.race([check.run(bench), deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function resultOf(check: Check, failure: unknown, duration: number, knownFailing: Record<string, string>): CheckResult {
  const reason = knownReason(knownFailing, check.id);
  const result = { id: check.id, title: check.title, duration };
  if (failure instanceof NotJudgedError) return { ...result, outcome: "not judged", message: failure.message };
  if (failure === undefined) {
    if (reason === undefined) return { ...result, outcome: "passed" };
    return { ...result, outcome: "fixed", message: "it passes: remove it from knownFailing in package.json" };
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  return reason === undefined
    ? { ...result, outcome: "failed", message }
    : { ...result, outcome: "known", message: reason };
}

/** Why a check is known to fail, from a manifest, which may name the check or all whose ids begin alike. */
export const knownReason = (knownFailing: Record<string, string>, checkId: string): string | undefined =>
  Object.entries(knownFailing).find(([id]) => checkId === id || checkId.startsWith(`${id}-`))?.[1];
