import { isDeepStrictEqual } from "node:util";
import { callPath, freshKey } from "@durable-agents/testkit";
import { freshMark, marked, type Pattern } from "./patterns.ts";
import type { CrashSample, Disaster } from "./results.ts";
import { type StrikeOptions, strike, type Target } from "./strike.ts";
import type { RunningSubject } from "./subjects.ts";

export interface CrashOptions {
  patterns: Pattern[];
  disasters: Disaster[];
  /** How often each crash point is struck at a random moment, besides the exact one. */
  randomMoments: number;
  /** How often each pattern is struck half way with nothing else under way, for the times. */
  alone: number;
  /** Whether every crash point is struck, or only the one half way. */
  everyCrashPoint: boolean;
  onProgress?: (what: string) => void;
}

/** A pattern's request, and the answer that it gets when nothing happens, with its mark taken out. */
interface Undisturbed {
  pattern: Pattern;
  answer: unknown;
}

/**
 * Strikes a subject: all patterns at all their crash points at the same time, by each disaster, at the exact moments and at
 * random ones; and each pattern alone.
 *
 * @throws Error if a request is not answered when nothing happens, since then there is nothing to compare with
 */
export async function measureCrashes(
  subject: string,
  running: RunningSubject,
  { patterns, disasters, randomMoments, alone, everyCrashPoint, onProgress }: CrashOptions,
): Promise<CrashSample[]> {
  const undisturbed: Undisturbed[] = [];
  for (const pattern of patterns)
    undisturbed.push({ pattern, answer: await undisturbedAnswer(subject, running, pattern) });
  const halfWay = ({ request }: Pattern) => Math.floor(request.modelCalls / 2);
  const points = undisturbed.flatMap((it) => {
    const all = Array.from({ length: it.pattern.request.modelCalls }, (_, crashPoint) => ({ ...it, crashPoint }));
    return everyCrashPoint ? all : all.filter(({ crashPoint }) => crashPoint === halfWay(it.pattern));
  });

  const samples: CrashSample[] = [];
  const strikeAll = async (struck: typeof points, options: StrikeOptions) => {
    samples.push(...(await strikeAndJudge(subject, running, struck, options)));
  };
  for (const disaster of disasters) {
    onProgress?.(`${disaster}: ${points.length} requests at their crash points`);
    await strikeAll(points, { disaster, moment: "exact" });
    for (let repetition = 1; repetition <= randomMoments; repetition++) {
      onProgress?.(`${disaster}: at a random moment, ${repetition} of ${randomMoments}`);
      await strikeAll(points, { disaster, moment: "random" });
    }
  }
  for (let repetition = 1; repetition <= alone; repetition++) {
    for (const it of undisturbed) {
      onProgress?.(`${it.pattern.name} alone, ${repetition} of ${alone}`);
      await strikeAll([{ ...it, crashPoint: halfWay(it.pattern) }], { disaster: "service", moment: "exact" });
    }
  }
  return samples;
}

async function undisturbedAnswer(
  subject: string,
  { model, client }: RunningSubject,
  pattern: Pattern,
): Promise<unknown> {
  model.reset();
  const mark = freshMark();
  const request = marked(pattern, mark);
  const { status, body } = await client.call(callPath(request, freshKey("session")), request.body);
  if (status !== 200 || model.calls.length !== request.modelCalls) {
    const answer = `${status} ${JSON.stringify(body)}`;
    throw new Error(
      `${request.call} of ${subject}: ${answer} after ${model.calls.length} of ${request.modelCalls} calls`,
    );
  }
  return unmarked(body, mark);
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
      request: { name: request.name, call: request.call, body: request.body },
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
