import { ChatOpenAI } from "@langchain/openai";
import type { AgentProfile } from "#shared/agents";
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
