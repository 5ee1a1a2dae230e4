import { isListening, NotJudgedError, type TestEnvironment } from "@durable-agents/crash-harness";
import { startEnvironment } from "@durable-agents/testkit";
import type { Check, Selection, Track } from "./check.ts";
import { tracks } from "./tracks.ts";

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
  system: { folder: string } | { url: string };
  /** What fails, by id of a check or clause, and why: from the manifest. */
  knownFailing?: Record<string, string>;
  /** Which checks to run; all unless set. */
  filter?: (check: Check) => boolean;
  /** The mock model's port, for an implementation that runs elsewhere; free ones unless set. */
  modelPort?: number;
  /** How often D3 runs each pattern, a multiple of ten; 50 unless set. */
  rounds?: number;
  /** How many tracks run beside each other; three unless set. */
  tracksAtOnce?: number;
  /** Gets each result as it comes. */
  onResult?: (result: CheckResult) => void;
}

const TRACKS_AT_ONCE = 3;

const KEEP_COMPILED = new URL("keep-compiled.ts", import.meta.url).href;

/** When a check is given up, in milliseconds. */
const CHECK_TIMEOUT = 600_000;

/** All checks there are, in the order of their ids. */
export const allChecks: Check[] = tracks
  .flatMap(({ checks }) => checks)
  .toSorted((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));

/**
 * Judges an implementation.
 *
 * @returns a result for each check, in the order in which they came
 * @throws Error if no process listens where an implementation should run, or one does where the model should
 */
export async function runConformance(options: ConformanceOptions): Promise<CheckResult[]> {
  if ("url" in options.system) await requireReachable(options.system.url, options.modelPort);
  const results: CheckResult[] = [];
  const report = (result: CheckResult) => {
    results.push(result);
    options.onResult?.(result);
  };
  const queue = [...tracks];
  const worker = async () => {
    await using place = new Place(options);
    for (let track = queue.shift(); track; track = queue.shift()) await runTrack(track, place, options, report);
  };
  // An implementation that runs elsewhere has one address, so one at a time.
  const workers = "url" in options.system ? 1 : (options.tracksAtOnce ?? TRACKS_AT_ONCE);
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
}

async function requireReachable(url: string, modelPort = 0): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const listens = await isListening(Number(port) || (protocol === "https:" ? 443 : 80), hostname);
  if (!listens) throw new Error(`Nothing listens at ${url}. Start the implementation first.`);
  if (modelPort !== 0 && (await isListening(modelPort))) {
    throw new Error(`Port ${modelPort}, for the mock model, is busy. Choose another one with --model-port.`);
  }
}

async function runTrack(
  track: Track,
  place: Place,
  options: ConformanceOptions,
  report: (result: CheckResult) => void,
): Promise<void> {
  const checks = track.checks.filter(options.filter ?? (() => true));
  const selection = { rounds: options.rounds ?? 50, selected: new Set(checks.map(({ id }) => id)) };
  for (const check of checks) {
    const started = performance.now();
    let failure: unknown;
    try {
      const environment = await place.environmentFor(track);
      requireWhatIsNeeded(track, environment);
      environment.model.reset();
      await withDeadline(check, environment, selection);
    } catch (error) {
      failure = error;
      // Whatever state it left: the next check starts in an environment of its own.
      if (!(error instanceof NotJudgedError)) await place[Symbol.asyncDispose]();
    }
    report(resultOf(check, failure, performance.now() - started, options.knownFailing ?? {}));
  }
}

/** Where checks run one after the other: an environment, which tracks share as far as they need the same. */
class Place implements AsyncDisposable {
  readonly #options: ConformanceOptions;
  #environment: TestEnvironment | undefined;
  #track: Track | undefined;

  constructor(options: ConformanceOptions) {
    this.#options = options;
  }

  async environmentFor(track: Track): Promise<TestEnvironment> {
    const last = this.#track;
    this.#track = track;
    if (this.#environment && last && last !== track) {
      if (last.server !== track.server) await this[Symbol.asyncDispose]();
      else if (last.env !== track.env) await this.#restart(this.#environment, track);
    }
    this.#environment ??= await this.#start(track);
    return this.#environment;
  }

  /** What differs is what the service finds in its environment. */
  async #restart({ service }: TestEnvironment, { env }: Track): Promise<void> {
    await service?.kill();
    await service?.restart(env ?? {});
  }

  #start({ server, env }: Track): Promise<TestEnvironment> {
    const { system, modelPort } = this.#options;
    return startEnvironment({
      ...system,
      ...(server && { server }),
      env: { NODE_OPTIONS: `--import ${KEEP_COMPILED}`, ...env },
      ...(modelPort !== undefined && { model: { port: modelPort } }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const environment = this.#environment;
    this.#environment = undefined;
    await environment?.[Symbol.asyncDispose]();
  }
}

/** @throws NotJudgedError if the implementation runs elsewhere, or asks another model */
function requireWhatIsNeeded({ needs }: Track, environment: TestEnvironment): void {
  if (needs.includes("process")) environment.requireProcess();
  if (needs.includes("model")) environment.requireMockedModel();
}

async function withDeadline(check: Check, environment: TestEnvironment, selection: Selection): Promise<void> {
  const deadline = Promise.withResolvers<never>();
  const error = new Error(`${check.id} was not over after ${CHECK_TIMEOUT / 1000} s`);
  const timer = setTimeout(() => deadline.reject(error), CHECK_TIMEOUT);
  try {
    await Promise.race([check.run(environment, selection), deadline.promise]);
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
