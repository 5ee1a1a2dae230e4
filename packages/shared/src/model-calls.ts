import { type Context, RestatePromise, TerminalError } from "@restatedev/restate-sdk";
import type { AgentProfile } from "./agents.ts";
import { MissingKeyError, type ModelFault, modelFault } from "./model-faults.ts";
import { modelServer } from "./models.ts";

/** How often one model call is attempted before it is given up: clause F1. */
export const MAX_ATTEMPTS = 3;

/** After how many milliseconds without an answer an attempt is given up. A reasoning model may need more. */
export const ANSWER_TIMEOUT = 30_000;

/** The wait before the second attempt, in milliseconds; it doubles with each, and is longer if Retry-After says so. */
const FIRST_RETRY_DELAY = 250;

/** The longest Retry-After that is waited for, in milliseconds. A caller who would wait longer gets the error. */
export const MAX_RETRY_AFTER = 120_000;

/** What an attempt at a model call came to. Both are journaled: see {@link callModels}. */
export type Attempt<T> = { answer: T } | { fault: ModelFault };

/** One model call. `ask` makes one attempt with the SDK's own retries off, and gives up when the signal says so. */
export interface ModelCall<T> {
  agent: AgentProfile;
  ask: (signal: AbortSignal) => Promise<T>;
}

/**
 * Makes one attempt at a model call and never throws: what it returns is what the journal should hold.
 *
 * @param ctx the handler's context; the attempt ends with the handler's own
 */
export async function attempt<T>(ctx: Context, { agent, ask }: ModelCall<T>): Promise<Attempt<T>> {
  const signal = AbortSignal.any([ctx.request().attemptCompletedSignal, AbortSignal.timeout(ANSWER_TIMEOUT)]);
  try {
    if (modelServer().apiKey === "") throw new MissingKeyError();
    return { answer: await ask(signal) };
  } catch (error) {
    // A client that is aborted throws an error of its own making; the reason says why it was.
    return { fault: modelFault(agent, signal.aborted ? signal.reason : error) };
  }
}

/**
 * What to do after a fault: how long to wait before the next attempt, in milliseconds.
 *
 * @param attempts how many were made so far
 * @throws TerminalError when no further attempt may help, or none is left
 */
export function retryDelay({ message, code, retryable, retryAfter = 0 }: ModelFault, attempts: number): number {
  if (!retryable) throw new TerminalError(message, { errorCode: code });
  if (attempts >= MAX_ATTEMPTS) {
    throw new TerminalError(`${message} (given up after ${attempts} attempts)`, { errorCode: code });
  }
  if (retryAfter > MAX_RETRY_AFTER) {
    const limit = `it asks for ${Math.ceil(retryAfter / 1000)} s of rest, more than ${MAX_RETRY_AFTER / 1000} s`;
    throw new TerminalError(`${message} (given up: ${limit})`, { errorCode: code });
  }
  return Math.max(retryAfter, FIRST_RETRY_DELAY * 2 ** (attempts - 1));
}

/**
 * Calls models durably, all at the same time, and returns their answers in the order of the calls.
 *
 * Each attempt is a step of the journal that never fails: it holds the answer or the fault. `ctx.run` with
 * `maxRetryAttempts` would be shorter, but its retries fail the whole attempt of the handler, so every call in flight
 * beside the faulty one is made, and paid, again; and the count goes on over restarts of the process, so that the first
 * fault after a crash can be taken for the last one. A fault in the journal is counted exactly, disturbs no other
 * call, and its delay is a durable timer.
 *
 * @throws TerminalError when one of the calls is given up; its message names the agent
 */
export async function callModels<T>(ctx: Context, calls: ModelCall<T>[]): Promise<T[]> {
  const answers = new Map<ModelCall<T>, T>();
  for (let attempts = 1; answers.size < calls.length; attempts++) {
    const open = calls.filter((call) => !answers.has(call));
    const outcomes = await RestatePromise.all(open.map((call) => ctx.run(call.agent.name, () => attempt(ctx, call))));
    const delays: number[] = [];
    for (const [index, call] of open.entries()) {
      const outcome = outcomes[index] as Attempt<T>;
      if ("answer" in outcome) answers.set(call, outcome.answer);
      else delays.push(retryDelay(outcome.fault, attempts));
    }
    if (delays.length > 0) await ctx.sleep(Math.max(...delays));
  }
  return calls.map((call) => answers.get(call) as T);
}

/** Calls one model durably; see {@link callModels}. */
export async function callModel<T>(ctx: Context, call: ModelCall<T>): Promise<T> {
  const [answer] = await callModels(ctx, [call]);
  return answer as T;
}
