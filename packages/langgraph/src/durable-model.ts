import { type DurableInvokeOptions, durableInvoke, type Invocable } from "@durable-agents/langchain";
import { checkToolCalls } from "@durable-agents/model-calls";
import { ChatOpenAI } from "@langchain/openai";
import type { Context } from "@restatedev/restate-sdk";
import type { AgentProfile } from "#shared/agents/agent";
import { hintsFor, requireKey, retryPolicy } from "#shared/model-calls";
import { modelName, modelServer } from "#shared/models";

/** The chat model of an agent; the steps of the journal have the agent's name. */
export const chatModel = ({ name, tier }: AgentProfile) =>
  new ChatOpenAI({
    model: modelName(tier),
    apiKey: async () => {
      requireKey();
      return modelServer().apiKey;
    },
    configuration: { baseURL: modelServer().baseURL },
    maxRetries: 0, // Restate retries
    metadata: { name },
  });

/** What an agent is told, followed by the conversation. */
export const prompt = ({ instructions }: AgentProfile, question: string) => [
  { role: "system" as const, content: instructions },
  { role: "user" as const, content: question },
];

// #region attach
/** Invokes a graph with every model call a step of the journal. This is the only place where durability is attached. */
export const invoke = <Input, Output>(
  ctx: Context,
  graph: Invocable<Input, Output>,
  input: Input,
  options: DurableInvokeOptions = {},
) =>
  durableInvoke(ctx, graph, input, {
    retryPolicy,
    hints: ({ model }) => hintsFor({ tier: model === modelName("planner") ? "planner" : "worker" }),
    // Each tool at most once in a turn.
    checkAnswer: ({ toolCalls }) => checkToolCalls(toolCalls, toolCalls),
    ...options,
  });
// #endregion attach
