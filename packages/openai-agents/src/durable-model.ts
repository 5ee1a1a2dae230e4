import { checkToolCalls } from "@durable-agents/model-calls";
import {
  type DurableRunOptions,
  durableRun,
  InvalidResponseError,
  type ModelAnswer,
} from "@durable-agents/openai-agents";
import type { Agent, AgentOutputType } from "@openai/agents";
import type { Context } from "@restatedev/restate-sdk";
import type { AgentProfile } from "#shared/agents/agent";
import { hintsFor, retryPolicy } from "#shared/model-calls";
import { modelName } from "#shared/models";

/** What the shared profile of an agent says, for the SDK's `new Agent()`. */
export const profile = ({ name, instructions, tier }: AgentProfile) => ({ name, instructions, model: modelName(tier) });

// #region attach
/** Runs an agent with every model call a step of the journal. This is the only place where durability is attached. */
export async function run<Output extends AgentOutputType>(
  ctx: Context,
  agent: Agent<unknown, Output>,
  input: string,
  options: DurableRunOptions = {},
) {
  const { finalOutput, lastAgent, state } = await durableRun(ctx, agent, input, {
    // Nothing is stored at the provider: the journal has it.
    modelSettings: { store: false },
    retryPolicy,
    checkAnswer,
    hints: ({ model }) => hintsFor({ tier: model === modelName("planner") ? "planner" : "worker" }),
    ...options,
  });
  // Undefined only while a tool call waits for an approval, and no tool here asks for one.
  return { finalOutput: finalOutput as NonNullable<typeof finalOutput>, lastAgent, usage: state.usage };
}
// #endregion attach

/** Finds what the SDK would take, but no agent here should say. */
function checkAnswer({ agent, text, toolCalls }: ModelAnswer): void {
  checkToolCalls(toolCalls, toolCalls); // each at most once; that they exist has been checked
  if (agent.handoffs.length > 0 && text.trimStart().startsWith("{")) {
    throw new InvalidResponseError(
      `it names a specialist in prose, instead of handing off. It begins: ${text.slice(0, 200)}`,
    );
  }
}
