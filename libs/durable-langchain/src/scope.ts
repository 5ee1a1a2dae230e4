import { type LaneScope, laneScopes } from "@durable-agents/lanes";
import type { Hints, RetryPolicy } from "@durable-agents/model-calls";
import { type Context, TerminalError } from "@restatedev/restate-sdk";
import type { ModelAnswer } from "./check-answer.ts";

/** What everything in one durableInvoke shares, subgraphs and agents behind tools included. */
export interface Run {
  retryPolicy: RetryPolicy;
  hints: ((call: { name: string; model?: string }) => Hints) | undefined;
  checkAnswer: ((answer: ModelAnswer) => void) | undefined;
  /** The TerminalError that ended the run. A ToolNode shows errors to the model; this one is kept, and no further call is made. */
  failure?: TerminalError | undefined;
}

/** Where code is running. */
export interface Scope extends LaneScope {
  run: Run;
  /** What asks the model, where a durableMiddleware says so: the agent. */
  name?: string;
}

const scopes = laneScopes<Scope>("durableInvoke()");

export const { current: currentScope, within: inScope } = scopes;

/**
 * The Restate context of the handler that invokes the graph, for nodes and tools that are not written inside of it.
 *
 * @returns the context that was passed to durableInvoke; name its type if it is not a service's
 * @throws Error outside of durableInvoke
 */
export const restateContext = <C extends Context = Context>(): C => scopes.restateContext<C>();

/** The TerminalError in what was thrown, if there is one: middlewares wrap what they let through. */
export function terminalErrorIn(error: unknown): TerminalError | undefined {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < MAX_WRAPPINGS; depth++, cause = cause.cause) {
    if (cause instanceof TerminalError) return cause;
  }
  return undefined;
}

const MAX_WRAPPINGS = 10;

/** Keeps the first TerminalError, and throws what it was given. */
export function fail(run: Run, error: unknown): never {
  run.failure ??= terminalErrorIn(error);
  throw error;
}

/** Something that durableInvoke can't make durable; the message says what to do instead. */
export const notSupported = (what: string, instead: string) =>
  new TerminalError(`${what} is not supported by durableInvoke: ${instead}`, { errorCode: 500 });
