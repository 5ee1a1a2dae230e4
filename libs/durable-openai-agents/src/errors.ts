import {
  AgentsError,
  GuardrailExecutionError,
  InputGuardrailTripwireTriggered,
  ToolCallError,
  ToolInputGuardrailTripwireTriggered,
} from "@openai/agents";
import { TerminalError } from "@restatedev/restate-sdk";
import type { AnyAgent } from "./scope.ts";

/**
 * What a run's error means to Restate.
 *
 * What the SDK decides (too many turns, a tripwire, a mistake in an agent) follows from the journal alone and would
 * come again with every retry, so it is terminal. What a tool or a guardrail throws is passed on as it is: a
 * TerminalError ends the invocation, and with anything else the service's retry policy decides.
 *
 * @param agent whose turn it was
 */
export function errorOfRun(thrown: unknown, agent: AnyAgent): unknown {
  const error = causeOf(thrown);
  if (!(error instanceof AgentsError)) return error;
  return new TerminalError(`${agent.name}: ${error.message} (${error.constructor.name})`, {
    errorCode: isRefusedInput(error) ? 400 : 500,
  });
}

/** What a tool or a guardrail threw; the SDK wraps it. */
export function causeOf(error: unknown): unknown {
  return error instanceof ToolCallError || error instanceof GuardrailExecutionError ? causeOf(error.error) : error;
}

const isRefusedInput = (error: AgentsError) =>
  error instanceof InputGuardrailTripwireTriggered || error instanceof ToolInputGuardrailTripwireTriggered;

/** Something that durableRun can't make durable; the message says what to do instead. */
export const notSupported = (what: string, instead: string) =>
  new TerminalError(`${what} is not supported by durableRun: ${instead}`, { errorCode: 500 });
