import { type LaneScope, laneScopes } from "@durable-agents/lanes";
import type { Hints, RetryPolicy } from "@durable-agents/model-calls";
import type { Agent, ModelProvider } from "@openai/agents";
import type { Context } from "@restatedev/restate-sdk";
import type { ModelAnswer } from "./check-answer.ts";

// biome-ignore lint/suspicious/noExplicitAny: the SDK's agents are generic in what they are given and give; nothing here looks at either.
export type AnyAgent = Agent<any, any>;

/** What all agents of one run share, those that are used as tools included. */
export interface Run {
  provider: ModelProvider;
  retryPolicy: RetryPolicy;
  hints: ((agent: AnyAgent) => Hints) | undefined;
  checkAnswer: ((answer: ModelAnswer) => void) | undefined;
  toolMayBeUnknown: boolean;
  /** What ended the run. The SDK shows errors to the model in places; this one is kept, and no further call is made. */
  failure?: { error: unknown };
}

/** Where code is running: in whose run, and in which agent's turn. */
export interface Scope extends LaneScope {
  run: Run;
  agent: AnyAgent;
  /** Whether the agent is behind a tool: the SDK shows what goes wrong in it to the outer agent's model. */
  behindTool?: boolean;
}

const scopes = laneScopes<Scope>("durableRun()");

export const { current: currentScope, within: inScope, inLane } = scopes;

/**
 * The Restate context of the handler that runs the agent, for tools, guardrails and hooks that are not written inside of it.
 *
 * @returns the context that was passed to durableRun; name its type if it is not a service's
 * @throws Error outside of durableRun
 */
export const restateContext = <C extends Context = Context>(): C => scopes.restateContext<C>();

/** Keeps the first error that has to end the run, and throws it. */
export function fail(run: Run | undefined, error: unknown): never {
  if (run) run.failure ??= { error };
  throw error;
}

/** Makes what a function of the user's throws end the run. */
export const failing =
  <A extends unknown[], T>(body: (...args: A) => T | PromiseLike<T>): ((...args: A) => Promise<T>) =>
  async (...args) => {
    try {
      return await body(...args);
    } catch (error) {
      return fail(scopes.current()?.run, error);
    }
  };
