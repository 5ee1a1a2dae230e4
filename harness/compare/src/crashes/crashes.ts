import {
  answerWithoutCrash,
  type CrashOptions,
  type CrashResult,
  type CrashTarget,
  crashEverywhere,
  type Recorded,
  type RecordedCall,
  type SystemUnderTest,
  type UncrashedRequest,
} from "@durable-agents/crash-harness";
import type { Pattern } from "@durable-agents/testkit";
import type { CrashSample } from "../results.ts";
import { requireWork, WorkError } from "../same-work.ts";

/** The patterns of a system that were answered without a crash. */
export type UncrashedPatterns = UncrashedRequest<PatternRequest>[];
type PatternRequest = ReturnType<typeof requestOf>;
const requestOf = (pattern: Pattern) => ({ ...pattern.request, inFlight: pattern.inFlight, pattern });

/**
 * Sends each pattern's request without a crash.
 *
 * @throws WorkError if an answer does not fit the contract, or took another number of model calls
 */
export async function answerPatterns(system: SystemUnderTest, patterns: Pattern[]): Promise<UncrashedPatterns> {
  const uncrashed = await answerWithoutCrash(system, patterns.map(requestOf)).catch((error: Error) => {
    throw new WorkError(error.message);
  });
  for (const { request, answer, calls } of uncrashed) {
    requireWork(request, { status: 200, body: answer }, calls.length);
  }
  return uncrashed;
}

/** What is killed, and how often. */
export interface CrashMeasure {
  target: CrashTarget;
  /** How often every crash point is killed at a random moment, besides the exact one. */
  randomMoments: number;
  /** Gets what is being done now. */
  onProgress?: (what: string) => void;
}

/** Before each answer: after the last one there is nothing left to lose but the reply. */
const beforeEachAnswer = (steps: number) => Array.from({ length: steps }, (_, after) => after);
const halfWay = (steps: number) => [Math.floor(steps / 2)];

/**
 * Kills a system at every crash point of every pattern: one kill is for all of them.
 *
 * @param samples gets what came of each request; also those before a failure
 * @throws Error if a request can't be brought to its crash point
 */
export async function measureCrashes(
  name: string,
  system: SystemUnderTest,
  uncrashed: UncrashedPatterns,
  samples: CrashSample[],
  { target, randomMoments, onProgress }: CrashMeasure,
): Promise<void> {
  const points = uncrashed.reduce((sum, { calls }) => sum + calls.length, 0);
  const what = { service: "the service", server: "its server", both: "the service and its server" }[target];
  const kill = async (moment: CrashSample["moment"]) => {
    const results = await crashEverywhere(system, uncrashed, { points: beforeEachAnswer, target, moment });
    samples.push(...results.map((result) => sampleOf(name, result, { target, moment, timed: points === 1 })));
  };
  onProgress?.(`kill ${what} at ${points} crash points`);
  await kill("exact");
  for (let repetition = 1; repetition <= randomMoments; repetition++) {
    onProgress?.(`kill ${what} at random moments, ${repetition} of ${randomMoments}`);
    await kill("random");
  }
}

/**
 * Kills the service half way through each pattern, for the time that it takes to recover.
 *
 * @param groups which requests are under way at the same time: one after the other, or all
 * @param samples gets what came of each request
 * @throws Error as {@link measureCrashes}
 */
export async function measureRecovery(
  name: string,
  system: SystemUnderTest,
  groups: UncrashedPatterns[],
  samples: CrashSample[],
  { repetitions, onProgress }: Pick<CrashMeasure, "onProgress"> & { repetitions: number },
): Promise<void> {
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const group of groups) {
      const [first] = group;
      const what = group.length === 1 ? first?.request.pattern.name : `${group.length} patterns at once`;
      onProgress?.(`recovery time: ${what}, ${repetition} of ${repetitions}`);
      const results = await crashEverywhere(system, group, { points: halfWay });
      samples.push(
        ...results.map((result) => sampleOf(name, result, { target: "service", moment: "exact", timed: true })),
      );
    }
  }
}

function sampleOf(
  system: string,
  { uncrashed: { request }, ...result }: CrashResult<PatternRequest>,
  options: Required<Pick<CrashOptions, "target" | "moment">> & { timed: boolean },
): CrashSample {
  return {
    system,
    pattern: request.pattern.name,
    request: request.name,
    tag: result.tag ?? "",
    target: options.target,
    moment: options.moment,
    modelCalls: request.modelCalls,
    crashPoint: result.after,
    notYetPersisted: result.notYetPersisted.length,
    inFlight: result.inFlight.length,
    recoveredBy: result.recoveredBy,
    connectionKept: result.connectionKept,
    serviceEnded: result.serviceEnded,
    status: result.reply.status,
    sameAnswer: result.sameAnswer,
    repeated: perKind(result.repeated, (calls) => calls.length),
    tokensRepeated: perKind(result.repeated, tokensOf),
    timed: options.timed,
    untilNextCall: result.untilNextStep,
    recoveryTime: result.recoveryTime,
  };
}

const perKind = (repeated: CrashResult["repeated"], count: (calls: Recorded[]) => number) => ({
  completed: count(repeated.completed),
  notYetPersisted: count(repeated.notYetPersisted),
  inFlight: count(repeated.inFlight),
});

/** Patterns have no effects: each step is a model call. */
const tokensOf = (calls: Recorded[]) =>
  (calls as RecordedCall[]).reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
