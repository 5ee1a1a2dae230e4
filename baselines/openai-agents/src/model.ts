import {
  type Agent,
  type AgentOutputType,
  type NonStreamRunOptions,
  OpenAIProvider,
  type Usage as RunUsage,
  run,
  setDefaultModelProvider,
  setTracingDisabled,
} from "@openai/agents";
import type { AgentProfile } from "#shared/agents/agent";
import type { Usage } from "#shared/contracts/specialist-team";
import { modelName, modelServer } from "#shared/models";

/** Sets the SDK up: the model server that all agents ask, and no tracing, since there is nowhere to send traces. */
export function configureModels(): void {
  setDefaultModelProvider(new OpenAIProvider(modelServer()));
  setTracingDisabled(true);
}

/** What the shared profile of an agent says, for the SDK's `new Agent()`. Nothing is stored at the provider. */
export const profile = ({ name, instructions, tier }: AgentProfile) => ({
  name,
  instructions,
  model: modelName(tier),
  modelSettings: { store: false },
});

/** Runs an agent to its end. Retries of model calls are the SDK's own. */
export async function ask<Output extends AgentOutputType>(
  agent: Agent<unknown, Output>,
  input: string,
  options: NonStreamRunOptions = {},
) {
  const { finalOutput, lastAgent, state } = await run(agent, input, options);
  // Undefined only while a tool call waits for an approval, and no tool here asks for one.
  return { finalOutput: finalOutput as NonNullable<typeof finalOutput>, lastAgent, usage: usageOf(state.usage) };
}

const usageOf = ({ requests, inputTokens, outputTokens }: RunUsage): Usage => ({
  calls: requests,
  inputTokens,
  outputTokens,
});
