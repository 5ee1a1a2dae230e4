import { checkText, InvalidResponseError, jsonSchema, parseAnswer } from "@durable-agents/model-calls";
import type { AgentOutputItem, AssistantMessageItem, ModelRequest, ModelResponse } from "@openai/agents";
import { z } from "zod";
import { durabilityOf } from "./durability.ts";
import type { AnyAgent, Run } from "./scope.ts";

type FunctionCall = Extract<AgentOutputItem, { type: "function_call" }>;

/** What a model answered, for checks of the user's own. */
export interface ModelAnswer {
  /** The agent that asked. */
  agent: AnyAgent;
  /** What it said; empty if it only called tools. */
  text: string;
  /** The names of the tools that it called, handoffs included. */
  toolCalls: string[];
  /** All of it, in the SDK's form. */
  output: AgentOutputItem[];
}

/**
 * Checks a model's response before it gets into the journal, while the call can still be retried. The SDK would find
 * the same later, and end the run.
 *
 * @throws InvalidResponseError if the answer was refused or cut off, is empty, does not fit the agent's output type, or calls
 *   tools that do not exist or with arguments that do not fit
 */
export function checkAnswer(response: ModelResponse, request: ModelRequest, agent: AnyAgent, run: Run): void {
  const { output } = response;
  const calls = output.filter((item) => item.type === "function_call");
  const text = textOf(output);
  for (const call of calls) checkCall(call, request, agent, run.toolMayBeUnknown);
  if (calls.length === 0) checkFinalAnswer(text, response, request, agent);
  run.checkAnswer?.({ agent, text, toolCalls: calls.map(({ name }) => name), output });
}

function checkCall(call: FunctionCall, request: ModelRequest, agent: AnyAgent, mayBeUnknown: boolean): void {
  const { name, arguments: input } = call;
  const schemas = [...schemasOfTools(call, request, agent), ...schemasOfHandoffs(call, request)];
  if (schemas.length === 0) {
    if (mayBeUnknown) return;
    const offered = [...request.tools.map((tool) => tool.name), ...request.handoffs.map(({ toolName }) => toolName)];
    throw new InvalidResponseError(`it calls ${name}; there are the tools ${offered.join(", ")}`);
  }
  const problems = schemas.map((schema) => problemOf(schema, input.trim() || "{}"));
  if (problems.includes(undefined)) return;
  throw new InvalidResponseError(`it calls ${name} with arguments that do not fit: ${problems[0]}`);
}

/** What is wrong with an input, or undefined if nothing is. */
function problemOf(schema: z.ZodType, input: string): string | undefined {
  try {
    parseAnswer(schema, input);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidResponseError) return error.message;
    throw error;
  }
}

/** What the tools that may be meant take: there may be several of a name, in namespaces or switched on by turns. */
function schemasOfTools(call: FunctionCall, { tools }: ModelRequest, agent: AnyAgent): z.ZodType[] {
  const offered = tools.filter((tool) => tool.type === "function" && tool.name === call.name);
  if (offered.length === 0) return [];
  const made = agent.tools.flatMap((tool) => (tool.name === call.name ? (durabilityOf(tool)?.parameters ?? []) : []));
  // A tool of an MCP server, or one whose parameters are a JSON schema.
  const others = offered.map((tool) => jsonSchema("parameters" in tool ? tool.parameters : {}));
  return made.length > 0 ? made : others;
}

function schemasOfHandoffs(call: FunctionCall, { handoffs }: ModelRequest): z.ZodType[] {
  return handoffs
    .filter(({ toolName }) => toolName === call.name)
    .map(({ inputJsonSchema }) => {
      const takesInput = Object.keys(inputJsonSchema.properties ?? {}).length > 0;
      return takesInput ? jsonSchema(inputJsonSchema) : z.unknown();
    });
}

function checkFinalAnswer(text: string, response: ModelResponse, { outputType }: ModelRequest, agent: AnyAgent): void {
  const { output, providerData } = response;
  const parts = output.findLast((item): item is AssistantMessageItem => item.type === "message")?.content ?? [];
  const refusal = parts.find((part) => part.type === "refusal");
  if (refusal && text === "") throw new InvalidResponseError(`it is a refusal: ${refusal.refusal.slice(0, 200)}`);
  // Sounds, images, and what a tool at the provider made are not ours to judge.
  const others =
    parts.some((part) => part.type !== "output_text") || output.some((item) => item.type === "hosted_tool_call");
  if (text === "" && others) return;

  checkText(text, finishReason(providerData));
  if (outputType === "text") return;
  if (agent.outputType instanceof z.ZodType) parseAnswer(agent.outputType, text);
  else parseAnswer(jsonSchema(outputType.schema), text);
}

/** The text that the SDK takes for the answer: all of it if it is only divided by reasoning, else that of the last message. */
function textOf(output: AgentOutputItem[]): string {
  const messages = output.filter((item): item is AssistantMessageItem => item.type === "message");
  const dividers = ["reasoning", "tool_search_call", "tool_search_output"];
  const isDivided = output.every(({ type }) => type === "message" || dividers.includes(String(type)));
  return (isDivided ? messages : messages.slice(-1))
    .flatMap(({ content }) => content.map((part) => (part.type === "output_text" ? part.text : "")))
    .join("");
}

/** Why the model stopped, where Chat Completions say it; over the Responses API, an answer that was cut off is an error. */
const finishReason = (providerData: ModelResponse["providerData"]) => String(providerData?.choices?.[0]?.finish_reason);
