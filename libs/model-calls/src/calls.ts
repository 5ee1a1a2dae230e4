import { type Context, RestatePromise, TerminalError } from "@restatedev/restate-sdk";
import { type Hints, type ModelFault, modelFault } from "./faults.ts";

/** How often a model call is attempted, how long each attempt may take, and how long is waited in between. */
export interface RetryPolicy {
  /** How often one model call is attempted before it is given up. */
  maxAttempts: number;
  /** After how many milliseconds without an answer an attempt is given up. A reasoning model may need more. */
  answerTimeout: number;
  /** The wait before the second attempt, in milliseconds; it doubles with each, and is longer if Retry-After says so. */
  firstRetryDelay: number;
  /** The longest Retry-After that is waited for, in milliseconds. With a longer one, the client gets the error. */
  maxRetryAfter: number;
}

/** Three attempts, half a minute for each, for clients that wait for the answer. */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 3,
  answerTimeout: 30_000,
  firstRetryDelay: 250,
  maxRetryAfter: 120_000,
};

/** What an attempt at a model call came to. Both are journaled: see {@link callModels}. */
export type Attempt<T> = { answer: T } | { fault: ModelFault };

/** One model call. */
export interface ModelCall<T> {
  /** The name of what makes it, such as an agent: the step in the journal has this name, and errors start with it. */
  name: string;
  /** Makes one attempt with the SDK's own retries off, and gives up when the signal says so. Its answer is journaled. */
  ask: (signal: AbortSignal) => Promise<T>;
  /** What errors tell the reader to do, by HTTP status; where it has nothing, {@link hints} of this library hold. */
  hints?: Hints;
}

/**
 * Makes one attempt at a model call and never throws: what it returns is what the journal should hold.
 *
 * @param ctx the handler's context; the attempt ends with the handler's own
 * @param modelCall what to ask
 * @param retryPolicy how long the attempt may take
 */
export async function attempt<T>(
  ctx: Context,
  { name, ask, hints }: ModelCall<T>,
  { answerTimeout }: RetryPolicy = defaultRetryPolicy,
): Promise<Attempt<T>> {
  const signal = AbortSignal.any([ctx.request().attemptCompletedSignal, AbortSignal.timeout(answerTimeout)]);
  try {
    return { answer: await ask(signal) };
  } catch (error) {
    // A client that is aborted throws an error of its own making; the reason says why it was.
    return { fault: modelFault(name, signal.aborted ? signal.reason : error, hints) };
  }
}

/**
 * What to do after a fault: how long to wait before the next attempt, in milliseconds.
 *
 * @param modelFault what the newest attempt came to
 * @param attempts how many were made so far
 * @param retryPolicy how many there may be, and how long is waited in between
 * @throws TerminalError when no further attempt may help, or none is left
 */
export function retryDelay(
  { message, code, retryable, retryAfter = 0 }: ModelFault,
  attempts: number,
  { maxAttempts, firstRetryDelay, maxRetryAfter }: RetryPolicy = defaultRetryPolicy,
): number {
  if (!retryable) throw new TerminalError(message, { errorCode: code });
  if (attempts >= maxAttempts) {
    throw new TerminalError(`${message} (given up after ${attempts} attempts)`, { errorCode: code });
  }
  if (retryAfter > maxRetryAfter) {
    const limit = `it asks for ${Math.ceil(retryAfter / 1000)} s of rest, more than ${maxRetryAfter / 1000} s`;
    throw new TerminalError(`${message} (given up: ${limit})`, { errorCode: code });
  }
  return Math.max(retryAfter, firstRetryDelay * 2 ** (attempts - 1));
}

/**
 * Calls models durably, all at the same time, and returns their answers in the order of the calls.
 *
 * Each attempt is a step of the journal that never fails: it holds the answer or the fault. `ctx.run` with
 * `maxRetryAttempts` would be shorter, but its retries fail the whole attempt of the handler, so every call in flight
 * beside the faulty one is repeated, and paid twice; and the count goes on over restarts of the process, so that the first
 * fault after a crash can be taken for the last one. A fault in the journal is counted exactly, disturbs no other
 * call, and its delay is a durable timer.
 *
 * @param ctx the handler's context
 * @param calls what to ask; answers have to survive JSON, as everything in a journal
 * @param policy how often each call is attempted; {@link defaultRetryPolicy} unless given
 * @throws TerminalError when one of the calls is given up; its message starts with the call's name
 */
export async function callModels<T>(
  ctx: Context,
  calls: ModelCall<T>[],
  policy: RetryPolicy = defaultRetryPolicy,
): Promise<T[]> {
  const answers = new Map<number, T>();
  for (let attempts = 1; answers.size < calls.length; attempts++) {
    const open = [...calls.entries()].filter(([index]) => !answers.has(index));
    const outcomes = await RestatePromise.all(
      open.map(([, call]) => ctx.run(call.name, () => attempt(ctx, call, policy))),
    );
    const delays: number[] = [];
    for (const [position, [index]] of open.entries()) {
      const outcome = outcomes[position] as Attempt<T>;
      // An answer that is undefined has no field in the journal, which is JSON.
      if ("fault" in outcome) delays.push(retryDelay(outcome.fault, attempts, policy));
      else answers.set(index, outcome.answer);
    }
    if (delays.length > 0) await ctx.sleep(Math.max(...delays));
  }
  return calls.map((_, index) => answers.get(index) as T);
}

/**
 * Calls one model durably; see {@link callModels}.
 *
 * @param ctx the handler's context
 * @param call what to ask
 * @param policy how often the call is attempted; {@link defaultRetryPolicy} unless given
 * @throws TerminalError when the call is given up; its message starts with the call's name
 */
export async function callModel<T>(ctx: Context, call: ModelCall<T>, policy?: RetryPolicy): Promise<T> {
  const [answer] = await callModels(ctx, [call], policy);
  return answer as T;
}
