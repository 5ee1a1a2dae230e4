import { createOpenAI } from "@ai-sdk/openai";
import { durableCalls } from "@dbos-inc/vercel-ai";
import { type LanguageModelUsage, wrapLanguageModel } from "ai";
import type { AgentProfile } from "#shared/agents/agent";
import type { Usage } from "#shared/contracts/specialist-team";
import { modelName, modelServer } from "#shared/models";

const openai = createOpenAI(modelServer());

/**
 * What `generateText` is told of an agent. Every model call is a step of the workflow, which bears the agent's name, and
 * DBOS retries it there: three attempts. So the SDK does not retry.
 */
export const asking = ({ name, instructions, tier }: AgentProfile) => ({
  model: wrapLanguageModel({ model: openai(modelName(tier)), middleware: durableCalls({ name }) }),
  instructions,
  maxRetries: 0,
  // Nothing is stored at the provider: the workflow has it.
  providerOptions: { openai: { store: false } },
});

/** What the SDK says of a call's tokens, as the contract has it. */
export const usageOf = ({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage): Usage => ({
  calls: 1,
  inputTokens,
  outputTokens,
});
