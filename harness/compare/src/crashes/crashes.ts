import { isDeepStrictEqual } from "node:util";
import { callPath, freshKey } from "@durable-agents/testkit";
import { freshMark, marked, type Pattern } from "../patterns.ts";
import type { CrashSample, Disaster } from "../results.ts";
import { ANSWER_TIMEOUT } from "../same-work.ts";
import type { RunningSubject } from "../subjects.ts";
import { type StrikeOptions, strike, type Target } from "./strike.ts";

export interface CrashOptions {
  patterns: Pattern[];
  disaster: Disaster;
  /** How often every crash point is struck at a random moment, besides the exact one. */
  randomMoments: number;
  /** Gets what is being done now. */
  onProgress?: (what: string) => void;
  /** Gets the answer that a pattern's undisturbed request got. */
  onAnswer?: (pattern: Pattern, answer: unknown) => void;
}

/**
 * Strikes a subject at every crash point of every pattern. One kill strikes them all: there is a request under way for each
 * crash point, which has got just there.
 *
 * @param samples gets what came of each request; also those before a failure
 * @throws Error if a request is not answered when nothing happens, since then there is nothing to compare with, or can't be
 *   brought to its crash point
 */
export async function measureCrashes(
  subject: string,
  running: RunningSubject,
  samples: CrashSample[],
  { patterns, disaster, randomMoments, onProgress, onAnswer }: CrashOptions,
): Promise<void> {
  const undisturbed = await undisturbedAnswers(subject, running, patterns, onAnswer);
  const points = undisturbed.flatMap((it) =>
    Array.from({ length: it.pattern.request.modelCalls }, (_, crashPoint) => ({ ...it, crashPoint })),
  );
  const what = { service: "the service", store: "its server", both: "the service and its server" }[disaster];
  onProgress?.(`kill ${what} at ${points.length} crash points`);
  samples.push(...(await strikeAndJudge(subject, running, points, { disaster, moment: "exact" })));
  for (let repetition = 1; repetition <= randomMoments; repetition++) {
    onProgress?.(`kill ${what} at random moments, ${repetition} of ${randomMoments}`);
    samples.push(...(await strikeAndJudge(subject, running, points, { disaster, moment: "random" })));
  }
}

/**
 * Kills the service half way through each pattern, with no other request under way: for the time that it takes to go on.
 *
 * @param samples gets what came of each request
 * @throws Error as {@link measureCrashes}
 */
export async function measureRecovery(
  subject: string,
  running: RunningSubject,
  samples: CrashSample[],
  { patterns, repetitions, onProgress }: Pick<CrashOptions, "patterns" | "onProgress"> & { repetitions: number },
): Promise<void> {
  const undisturbed = await undisturbedAnswers(subject, running, patterns);
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const { pattern, answer } of undisturbed) {
      onProgress?.(`how soon does it go on: ${pattern.name}, ${repetition} of ${repetitions}`);
      const point = { pattern, answer, crashPoint: Math.floor(pattern.request.modelCalls / 2) };
      samples.push(...(await strikeAndJudge(subject, running, [point], { disaster: "service", moment: "exact" })));
    }
  }
}

/** A pattern, and the answer that its request gets when nothing happens, with its mark taken out. */
interface Undisturbed {
  pattern: Pattern;
  answer: unknown;
}

async function undisturbedAnswers(
  subject: string,
  { model, client }: RunningSubject,
  patterns: Pattern[],
  onAnswer?: CrashOptions["onAnswer"],
): Promise<Undisturbed[]> {
  const undisturbed: Undisturbed[] = [];
  for (const pattern of patterns) {
    model.reset();
    const mark = freshMark();
    const request = marked(pattern, mark);
    const { status, body } = await client.call(callPath(request, freshKey("session")), request.body, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT),
    });
    if (status !== 200 || model.calls.length !== request.modelCalls) {
      const answer = `${status} ${JSON.stringify(body)}`;
      const calls = `${model.calls.length} of ${request.modelCalls} model calls`;
      throw new Error(`${request.call} of ${subject}: ${answer} after ${calls}`);
    }
    undisturbed.push({ pattern, answer: unmarked(body, mark) });
    onAnswer?.(pattern, JSON.parse(JSON.stringify(body).replaceAll(` (${mark})`, "")));
  }
  return undisturbed;
}

async function strikeAndJudge(
  subject: string,
  running: RunningSubject,
  points: (Undisturbed & { crashPoint: number })[],
  options: StrikeOptions,
): Promise<CrashSample[]> {
  const targets = points.map(({ pattern, crashPoint }): Target => {
    const mark = freshMark();
    return { request: marked(pattern, mark), mark, crashPoint, inFlight: pattern.inFlight };
  });
  const struck = await strike(running, targets, options);
  return struck.map(({ reply, ...outcome }, index) => {
    const { pattern, crashPoint, answer } = points[index] as (typeof points)[number];
    const { request, mark } = targets[index] as Target;
    return {
      subject,
      pattern: pattern.name,
      request: request.name,
      mark,
      ...options,
      modelCalls: request.modelCalls,
      crashPoint,
      ...outcome,
      status: reply.status,
      sameAnswer: isDeepStrictEqual(unmarked(reply.body, mark), answer),
      alone: points.length === 1,
    };
  });
}

/** A body without the mark of its request. */
const unmarked = (body: unknown, mark: string): unknown =>
  body === undefined ? undefined : JSON.parse(JSON.stringify(body).replaceAll(mark, "no. ?"));
