import type { AIMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import type { AgentProfile } from "#shared/agents/agent";
import type { Usage } from "#shared/contracts/specialist-team";
import { modelName, modelServer } from "#shared/models";

/** The chat model of an agent. How often a call is retried is left to ChatOpenAI. */
export const chatModel = ({ tier }: AgentProfile) => {
  const { baseURL, apiKey } = modelServer();
  return new ChatOpenAI({ model: modelName(tier), apiKey, configuration: { baseURL } });
};

/** What an agent is told, followed by the question. */
export const prompt = ({ instructions }: AgentProfile, question: string) => [
  { role: "system" as const, content: instructions },
  { role: "user" as const, content: question },
];

/** What LangChain says of a call's tokens, as the contract has it. */
export const usageOf = ({ usage_metadata }: AIMessage): Usage => ({
  calls: 1,
  inputTokens: usage_metadata?.input_tokens ?? 0,
  outputTokens: usage_metadata?.output_tokens ?? 0,
});
