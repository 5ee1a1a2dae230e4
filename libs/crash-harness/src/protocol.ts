import type { ServerResponse } from "node:http";
import { type ChatCompletionRequest, type FixtureResponse, getTextContent } from "@copilotkit/aimock";
import type { RecordedCall } from "./mock-model.ts";
import type { ModelAnswer, ModelRequest } from "./model-answers.ts";
import { keyOfText } from "./tags.ts";

/** Where the schema of a structured answer stands: `text.format` in Responses, `response_format` in Chat Completions. */
type SchemaFields = {
  text?: { format?: { schema?: object } };
  response_format?: { json_schema?: { schema?: object } };
};

/** Reads aimock's normal form, which is the same for Responses and Chat Completions, and the schema from the body. */
export function readRequest(normalForm: ChatCompletionRequest, body: string): ModelRequest {
  const messages = normalForm.messages.map((message) => ({
    role: message.role,
    text: getTextContent(message.content) ?? "",
    toolCalls: message.tool_calls?.map(({ function: { name, arguments: input } }) => ({ name, input })) ?? [],
  }));
  const { text, response_format } = JSON.parse(body) as SchemaFields;
  const schema = text?.format?.schema ?? response_format?.json_schema?.schema;
  const instructions = messages
    .filter(({ role }) => role === "system")
    .map(({ text }) => text)
    .join("\n");
  return {
    model: normalForm.model,
    instructions,
    messages,
    tools:
      normalForm.tools?.map(({ function: { name, parameters } }) => ({ name, parameters: parameters ?? {} })) ?? [],
    ...(schema && { schema }),
  };
}

/** Equal for equal questions: a hash of what was asked. */
export const keyOf = ({ model, messages }: ModelRequest) => keyOfText(JSON.stringify({ model, messages }));

/** About four characters make a token: https://platform.openai.com/tokenizer. */
export const tokensIn = (text: string) => Math.ceil(text.length / 4);

/** An answer as aimock takes it, with the tokens that the model reports. */
export function withUsage(answer: ModelAnswer, call: RecordedCall): FixtureResponse {
  const content = "object" in answer ? JSON.stringify(answer.object) : "text" in answer ? answer.text : "";
  const toolCalls =
    "toolCalls" in answer ? answer.toolCalls.map(({ name, input }) => ({ name, arguments: argumentsOf(input) })) : [];
  call.outputTokens = tokensIn(content + JSON.stringify(toolCalls));
  const usage = {
    // Chat Completions and Responses name them differently.
    prompt_tokens: call.inputTokens,
    completion_tokens: call.outputTokens,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
  };
  const finishReason = "text" in answer ? answer.finishReason : undefined;
  return toolCalls.length > 0 ? { toolCalls, usage } : { content, usage, ...(finishReason && { finishReason }) };
}

/** Over the Responses API, a cut-off answer says why in a field that aimock leaves out. */
export function sayWhyIncomplete(response: ServerResponse, finishReason: string): void {
  const reason = finishReason === "length" ? "max_output_tokens" : finishReason;
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body: string) => {
    const answer = JSON.parse(body) as { object?: string };
    const incomplete = { status: "incomplete", incomplete_details: { reason } };
    return end(JSON.stringify(answer.object === "response" ? { ...answer, ...incomplete } : answer));
  }) as typeof response.end;
}

const argumentsOf = (input: unknown) => (typeof input === "string" ? input : JSON.stringify(input));
