import { isDeepStrictEqual } from "node:util";
import { type CrashOptions, crash } from "./crash.ts";
import { untilOverOrIdle } from "./idle.ts";
import { freshKey, type Reply } from "./ingress.ts";
import type { Recorded } from "./recorder.ts";
import type { CrashedRequest, CrashPoint } from "./request-under-way.ts";
import { callPath, type ExampleRequest } from "./requests.ts";
import { recordedCalls, type SystemUnderTest } from "./system.ts";
import { freshTag, tagged, untagged } from "./tags.ts";

/** A request that is to be killed. */
export type CrashRequest = Pick<ExampleRequest, "call" | "body"> & Pick<CrashPoint, "inFlight">;

/** A request that was answered without a crash: what crashed ones are compared with. */
export interface UncrashedRequest<Request extends CrashRequest = CrashRequest> {
  /** What was sent; without a tag. */
  request: Request;
  /** The answer, with `{tag}` where the tag stood. */
  answer: unknown;
  /** The steps that it took. */
  calls: Recorded[];
  /** Whether each step mentioned the tag: then many of them can be killed at the same time. */
  isTagged: boolean;
  /** How long it took, in milliseconds. */
  duration: number;
}

/** A request that was killed at one of its crash points. */
export interface CrashResult<Request extends CrashRequest = CrashRequest> extends CrashedRequest {
  /** The same request without a crash. */
  uncrashed: UncrashedRequest<Request>;
  /** How many of its steps were completed at the kill. */
  after: number;
  /** By what its steps were told from those of others; undefined if it was alone. */
  tag: string | undefined;
  /** The answer that it got, with `{tag}` where the tag stood. */
  answer: unknown;
  /** Whether it is the answer that it gets without a crash. */
  sameAnswer: boolean;
}

/**
 * Sends requests one after the other, without a crash.
 *
 * @param system whose model's calls and faults are forgotten
 * @throws Error if one is not answered with 200
 */
export async function answerWithoutCrash<Request extends CrashRequest>(
  system: SystemUnderTest,
  requests: Request[],
): Promise<UncrashedRequest<Request>[]> {
  const { model, effects } = system;
  const uncrashed: UncrashedRequest<Request>[] = [];
  for (const request of requests) {
    model.reset();
    effects?.reset();
    const tag = freshTag();
    const { call, body } = tagged(request, tag);
    const started = Date.now();
    const reply = await replyUnlessIdle(system, callPath({ call }, freshKey("session")), body);
    const calls = recordedCalls(system);
    if (reply.status !== 200) throw new Error(`${call}: ${reply.status} ${JSON.stringify(reply.body)}. ${told(calls)}`);
    uncrashed.push({
      request,
      answer: withoutTag(reply.body),
      calls,
      isTagged: calls.every((it) => model.mentions(it, tag) || effects?.mentions(it, tag)),
      duration: Date.now() - started,
    });
  }
  return uncrashed;
}

/**
 * Sends a request, and waits for its answer however slow the machine is.
 *
 * @throws Error that lists its steps, if it is not answered although the system is idle, or repeats them without end, or fails again and again
 */
export async function replyUnlessIdle(system: SystemUnderTest, path: string, body: unknown): Promise<Reply> {
  const given = new AbortController();
  let over = false;
  const sent = system.ingress.call(path, body, { signal: given.signal }).finally(() => {
    over = true;
  });
  sent.catch(() => undefined);
  let asked = Date.now();
  let failure: string | undefined;
  await untilOverOrIdle(system, NO_ANSWER_AFTER, async () => {
    if (!over && Date.now() - asked > FAILURE_LOOK_INTERVAL) {
      failure = await system.server?.repeatedFailure?.();
      asked = Date.now();
    }
    return over || failure !== undefined;
  });
  if (over) return sent;
  given.abort();
  const problem =
    failure === undefined ? "is not answered, although its process is idle" : `fails again and again: ${failure}`;
  throw new Error(`${path} ${problem}. ${told(recordedCalls(system))}`);
}

/** For how long a system must have been idle until a request counts as one that is not answered, in milliseconds. */
const NO_ANSWER_AFTER = 30_000;

/** How often is looked why there is no answer yet, in milliseconds. */
const FAILURE_LOOK_INTERVAL = 1_000;

/** Which crash points are taken, and how. */
export interface CrashEverywhereOptions extends CrashOptions {
  /** After how many steps a request is killed, given how many it takes; before each step and after the last unless set. */
  points?: (steps: number) => number[];
}

/** All points: before the first step, after each. */
export const everyPoint = (steps: number): number[] => Array.from({ length: steps + 1 }, (_, after) => after);

/**
 * Kills requests at their crash points. One kill is for all of them: there is a request under way for each point of each
 * request, which has got just there. Where a step does not mention the tag of its request, each point has a kill of its own.
 *
 * @param system what is killed
 * @param requests what is sent, or what came of it without a crash, if that is known already
 * @returns what came of each, in the order of the requests and of their points
 * @throws Error if a request is not answered without a crash, or can't be brought to its crash point
 * @throws NotMeasuredError if this machine is too slow to tell
 */
export async function crashEverywhere<Request extends CrashRequest>(
  system: SystemUnderTest,
  requests: Request[] | UncrashedRequest<Request>[],
  { points = everyPoint, ...options }: CrashEverywhereOptions = {},
): Promise<CrashResult<Request>[]> {
  const all = await uncrashedOf(system, requests);
  const targets = all.flatMap((uncrashed) =>
    points(uncrashed.calls.length).map((after) => ({ uncrashed, point: crashPointOf(uncrashed, after) })),
  );
  const pace = Math.max(0, ...all.map(({ duration }) => duration));
  const kills = all.every(({ isTagged }) => isTagged) ? [targets] : targets.map((it) => [it]);
  const results: CrashResult<Request>[] = [];
  for (const group of kills) {
    if (group.length === 0) continue;
    const crashed = await crash(
      system,
      group.map(({ point }) => point),
      { pace, ...options },
    );
    for (const [index, outcome] of crashed.entries()) {
      const { uncrashed, point } = group[index] as (typeof group)[number];
      const answer = withoutTag(outcome.reply.body);
      results.push({
        ...outcome,
        uncrashed,
        after: point.after,
        tag: point.tag,
        answer,
        sameAnswer: outcome.reply.status === 200 && isDeepStrictEqual(answer, uncrashed.answer),
      });
    }
  }
  return results;
}

/** A crash point of a request, with a tag of its own. */
export function crashPointOf({ request, calls, isTagged }: UncrashedRequest, after: number): CrashPoint {
  const tag = freshTag();
  const keys = Map.groupBy(calls, ({ key }) => key);
  return {
    request: tagged(request, tag),
    tag: isTagged ? tag : undefined,
    steps: new Map([...keys].map(([key, { length }]) => [key, length])),
    after,
    inFlight: request.inFlight,
  };
}

/** What went wrong with a request, a sentence each; none if it got the same answer and nothing that was stored was repeated. */
export function problemsOf({ uncrashed, after, reply, sameAnswer, repeated }: CrashResult): string[] {
  const where = `${uncrashed.request.call}, killed after ${after} of ${uncrashed.calls.length} steps`;
  const times = (count: number) => (count > 1 ? ` (${count} times)` : "");
  const problems = [...Map.groupBy(repeated.completed, ({ label }) => label)].map(
    ([label, calls]) => `${where}: ${label} was completed, and is repeated${times(calls.length)}`,
  );
  if (reply.status !== 200) problems.push(`${where}: ${reply.status || "no answer"}: ${JSON.stringify(reply.body)}`);
  else if (!sameAnswer) problems.push(`${where}: another answer than without a crash: ${JSON.stringify(reply.body)}`);
  return problems;
}

async function uncrashedOf<Request extends CrashRequest>(
  system: SystemUnderTest,
  requests: Request[] | UncrashedRequest<Request>[],
): Promise<UncrashedRequest<Request>[]> {
  const isUncrashed = (it: Request | UncrashedRequest<Request>): it is UncrashedRequest<Request> => "isTagged" in it;
  const known = requests.filter(isUncrashed);
  return known.length === requests.length
    ? known
    : answerWithoutCrash(
        system,
        requests.filter((it): it is Request => !isUncrashed(it)),
      );
}

const withoutTag = (body: unknown): unknown =>
  body === undefined ? undefined : JSON.parse(untagged(JSON.stringify(body)));

const told = (calls: Recorded[]) =>
  `Steps so far: ${calls.map(({ label, outcome }) => `${label} (${outcome})`).join(", ") || "none"}.`;
