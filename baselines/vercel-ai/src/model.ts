import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModelUsage } from "ai";
import type { AgentProfile } from "#shared/agents/agent";
import type { Usage } from "#shared/contracts/specialist-team";
import { modelName, modelServer } from "#shared/models";

const openai = createOpenAI(modelServer());

/** What `generateText` is told of an agent. Retries are the SDK's own; nothing is stored at the provider. */
export const asking = ({ instructions, tier }: AgentProfile) => ({
  model: openai(modelName(tier)),
  instructions,
  providerOptions: { openai: { store: false } },
});

/** What the SDK says of a call's tokens, as the contract has it. */
export const usageOf = ({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage): Usage => ({
  calls: 1,
  inputTokens,
  outputTokens,
});
