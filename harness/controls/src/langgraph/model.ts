import type { AgentProfile } from "@durable-agents/shared/agents";
import { modelName } from "@durable-agents/shared/models";
import { ChatOpenAI } from "@langchain/openai";

/** The chat model of an agent. Key, address and retries are left to ChatOpenAI. */
export const chatModel = ({ tier }: AgentProfile) => new ChatOpenAI({ model: modelName(tier) });

/** What an agent is told, followed by the question. */
export const prompt = ({ instructions }: AgentProfile, question: string) => [
  { role: "system" as const, content: instructions },
  { role: "user" as const, content: question },
];
