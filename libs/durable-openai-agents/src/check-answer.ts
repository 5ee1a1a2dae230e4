import { checkText, parseAnswer, UnfitAnswerError } from "@durable-agents/model-calls";
import type { AgentOutputItem, AssistantMessageItem, ModelRequest, ModelResponse } from "@openai/agents";
import { z } from "zod";
import { durabilityOf } from "./durability.ts";
import type { AnyAgent, Run } from "./scope.ts";

type FunctionCall = Extract<AgentOutputItem, { type: "function_call" }>;

/** What a model answered, for those who judge it. */
export interface ModelAnswer {
  agent: AnyAgent;
  /** What it said; empty if it only called tools. */
  text: string;
  /** The names of the tools that it called, handoffs included. */
  toolCalls: string[];
  /** All of it, in the SDK's form. */
  output: AgentOutputItem[];
}

/**
 * Checks a model's answer before it gets into the journal, while the model can still be asked again. The SDK would find
 * the same later, and end the run.
 *
 * @throws UnfitAnswerError if the answer was refused or cut off, does not fit the agent's output type, or calls tools
 *   that do not exist or with arguments that do not fit
 */
export function checkAnswer(response: ModelResponse, request: ModelRequest, agent: AnyAgent, run: Run): void {
  const { output } = response;
  const calls = output.filter((item) => item.type === "function_call");
  const message = output.findLast((item): item is AssistantMessageItem => item.type === "message");
  const text = (message?.content ?? []).map((part) => (part.type === "output_text" ? part.text : "")).join("");
  for (const call of calls) checkCall(call, request, agent, run.toolMayBeUnknown);
  if (calls.length === 0) checkFinalAnswer(text, message, response, agent);
  run.checkAnswer?.({ agent, text, toolCalls: calls.map(({ name }) => name), output });
}

function checkCall(
  { name, arguments: input }: FunctionCall,
  request: ModelRequest,
  agent: AnyAgent,
  mayBeUnknown: boolean,
) {
  const handoffs = request.handoffs.map(({ toolName }) => toolName);
  const offered = [...request.tools.map((tool) => tool.name), ...handoffs];
  if (!offered.includes(name)) {
    if (mayBeUnknown) return;
    throw new UnfitAnswerError(`it calls ${name}; there are the tools ${offered.join(", ")}`);
  }
  // A handoff that takes no input may be called with nothing at all.
  if (input === "" && handoffs.includes(name)) return;
  const tool = agent.tools.find((it) => it.name === name);
  try {
    parseAnswer((tool && durabilityOf(tool)?.parameters) ?? z.unknown(), input);
  } catch (error) {
    throw new UnfitAnswerError(`it calls ${name} with arguments that do not fit: ${(error as Error).message}`);
  }
}

function checkFinalAnswer(
  text: string,
  message: AssistantMessageItem | undefined,
  { providerData }: ModelResponse,
  agent: AnyAgent,
): void {
  const parts = message?.content ?? [];
  const refusal = parts.find((part) => part.type === "refusal");
  if (refusal) throw new UnfitAnswerError(`it is a refusal: ${refusal.refusal.slice(0, 200)}`);
  // Sounds and images are not ours to judge.
  if (parts.length > 0 && parts.every((part) => part.type !== "output_text")) return;

  checkText(text, finishReason(providerData));
  const { outputType } = agent;
  if (outputType === "text") return;
  if (outputType instanceof z.ZodType) {
    parseAnswer(outputType, text);
    return;
  }
  try {
    agent.processFinalOutput(text);
  } catch (error) {
    throw new UnfitAnswerError(`${(error as Error).message}. It begins: ${text.slice(0, 200)}`);
  }
}

/** Why the model stopped, where Chat Completions say it; over the Responses API, an answer that was cut off is an error. */
function finishReason(providerData: ModelResponse["providerData"]): string {
  const reason = providerData?.choices?.[0]?.finish_reason;
  return reason === "content_filter" ? "content-filter" : String(reason);
}
