import { createOpenAI } from "@ai-sdk/openai";
import {
  callModel,
  callModels,
  checkText,
  checkToolCalls,
  InvalidResponseError,
  type ModelCall,
  parseAnswer,
} from "@durable-agents/model-calls";
import type { Context } from "@restatedev/restate-sdk";
import {
  generateText,
  type LanguageModelUsage,
  type ModelMessage,
  NoObjectGeneratedError,
  Output,
  type ToolSet,
} from "ai";
import type { z } from "zod";
import type { AgentProfile } from "#shared/agents/agent";
import type { Usage } from "#shared/contracts/specialist-team";
import { agentCall, retryPolicy } from "#shared/model-calls";
import { modelName, modelServer } from "#shared/models";

// Where durability is attached: every model call is a step of the journal (see callModels), and is made here only.

// #region attach
/** What an agent is asked: a prompt, or the conversation so far. */
export type Question = { prompt: string } | { messages: ModelMessage[] };

/** Asks an agent for text. */
export async function ask(ctx: Context, agent: AgentProfile, question: Question) {
  return callModel(ctx, textCall(agent, question), retryPolicy);
}

/** Asks several agents for text, all at the same time. */
export async function askAll(ctx: Context, questions: { agent: AgentProfile; question: Question }[]) {
  return callModels(
    ctx,
    questions.map(({ agent, question }) => textCall(agent, question)),
    retryPolicy,
  );
}

/** Asks an agent to fill a schema; an invalid response is a fault of the model, and the call is retried. */
export async function askFor<T>(ctx: Context, agent: AgentProfile, question: Question, schema: z.ZodType<T>) {
  const call = agentCall(agent, async (signal) => {
    const output = Output.object({ schema });
    try {
      const result = await generateText({ ...settings(agent, signal), ...question, output });
      return { output: result.output, usage: usageOf(result.usage) };
    } catch (error) {
      if (NoObjectGeneratedError.isInstance(error)) parseAnswer(schema, error.text ?? "");
      throw error;
    }
  });
  return callModel(ctx, call, retryPolicy);
}
// #endregion attach

/** Gives an agent one turn: it answers with text, or calls tools, which this leaves to its caller. */
export async function nextTurn(ctx: Context, agent: AgentProfile, messages: ModelMessage[], tools: ToolSet) {
  const call = agentCall(agent, async (signal) => {
    const result = await generateText({ ...settings(agent, signal), messages, tools });
    checkToolCalls(
      result.toolCalls.map(({ toolName }) => toolName),
      Object.keys(tools),
    );
    const invalid = result.toolCalls.find((call) => call.invalid);
    if (invalid) throw new InvalidResponseError(`it calls ${invalid.toolName} with ${JSON.stringify(invalid.input)}`);
    return {
      text: result.toolCalls.length > 0 ? result.text : checkText(result.text, result.finishReason),
      toolCalls: result.toolCalls.map(({ toolCallId, toolName }) => ({ toolCallId, toolName })),
      messages: result.responseMessages,
    };
  });
  return callModel(ctx, call, retryPolicy);
}

const textCall = (agent: AgentProfile, question: Question): ModelCall<{ text: string; usage: Usage }> =>
  agentCall(agent, async (signal) => {
    const result = await generateText({ ...settings(agent, signal), ...question });
    return { text: checkText(result.text, result.finishReason), usage: usageOf(result.usage) };
  });

/** Restate retries, so the SDK's own retries are off. Nothing is stored at the provider: the journal has it. */
const settings = (agent: AgentProfile, abortSignal: AbortSignal) => ({
  model: createOpenAI(modelServer())(modelName(agent.tier)),
  instructions: agent.instructions,
  maxRetries: 0,
  abortSignal,
  providerOptions: { openai: { store: false } },
});

const usageOf = ({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage): Usage => ({
  calls: 1,
  inputTokens,
  outputTokens,
});
