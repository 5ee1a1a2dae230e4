import { checkText, InvalidResponseError, jsonSchema, parseAnswer } from "@durable-agents/model-calls";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { z } from "zod";

/** What a model answered, for checks of the user's own. */
export interface ModelAnswer {
  /** What asked: an agent's name, the call's `runName`, or the node. */
  name: string;
  /** What it said; empty if it only called tools. */
  text: string;
  /** The names of the tools that it called. */
  toolCalls: string[];
  /** All of it. */
  message: AIMessage;
}

/** The options of a model call that say what may come back, as bindTools and withStructuredOutput set them. */
export interface AnswerOptions {
  tools?: { name?: string; function?: { name: string; parameters?: object } }[];
  response_format?: { json_schema?: { schema?: object } };
  tool_choice?: unknown;
}

/**
 * Checks a model's response before it gets into the journal, while the call can still be retried. LangChain would find
 * the same later, and end the run or go on with an error.
 *
 * @returns the answer
 * @throws InvalidResponseError if the answer was refused or cut off, does not fit the schema of withStructuredOutput, or calls
 *   tools that do not exist or with arguments that do not fit
 */
export function checkAnswer(name: string, message: BaseMessage, options: AnswerOptions): ModelAnswer {
  if (!AIMessage.isInstance(message)) throw new InvalidResponseError(`it is a message of ${message.getType()}`);
  const [broken] = message.invalid_tool_calls ?? [];
  if (broken) throw new InvalidResponseError(`it calls ${broken.name} with arguments that do not fit: ${broken.error}`);
  for (const call of message.tool_calls ?? []) checkCall(call, options.tools ?? []);

  const toolCalls = (message.tool_calls ?? []).map((call) => call.name);
  const { text } = message;
  if (toolCalls.length === 0) checkFinalAnswer(text, message, options);
  return { name, text, toolCalls, message };
}

function checkCall({ name, args }: { name: string; args: object }, tools: NonNullable<AnswerOptions["tools"]>): void {
  const nameOf = (tool: (typeof tools)[number]) => tool.function?.name ?? tool.name;
  const tool = tools.find((it) => nameOf(it) === name);
  // Some providers have a form of their own for tools, and some models keep theirs to themselves: LangChain judges then.
  if (!tool && (tools.length === 0 || tools.some((it) => nameOf(it) === undefined))) return;
  if (!tool) throw new InvalidResponseError(`it calls ${name}; there are the tools ${tools.map(nameOf).join(", ")}`);
  const { parameters } = tool.function ?? {};
  if (!parameters) return;
  try {
    parseAnswer(jsonSchema(withFurtherFields(parameters)), JSON.stringify(args));
  } catch (error) {
    throw new InvalidResponseError(`it calls ${name} with arguments that do not fit: ${(error as Error).message}`);
  }
}

/** A schema that takes fields which it does not know: LangChain leaves them out by itself. */
const withFurtherFields = (schema: object): object =>
  JSON.parse(
    JSON.stringify(schema, (key, value) => (key === "additionalProperties" && value === false ? undefined : value)),
  );

function checkFinalAnswer(text: string, message: AIMessage, options: AnswerOptions): void {
  const { refusal } = message.additional_kwargs as { refusal?: string | null };
  if (mustCallTool(options.tool_choice))
    throw new InvalidResponseError(`it calls no tool. It begins: ${text.slice(0, 200)}`);
  if (refusal && text === "") throw new InvalidResponseError(`it is a refusal: ${refusal.slice(0, 200)}`);
  // Sounds and images are not ours to judge.
  if (text === "" && Array.isArray(message.content) && message.content.length > 0) return;
  checkText(text, finishReason(message.response_metadata));
  const schema = options.response_format?.json_schema?.schema;
  if (schema) parseAnswer(schema instanceof z.ZodType ? schema : jsonSchema(schema), text);
}

/** Whether the call says that a tool has to be called: `withStructuredOutput` does, by function calling. */
const mustCallTool = (choice: unknown) =>
  choice === "required" || choice === "any" || (typeof choice === "object" && choice !== null);

/** Why the model stopped: each provider says it in a place and in words of its own. */
function finishReason(metadata: Record<string, unknown>): string {
  const { finish_reason, finishReason, stop_reason, incomplete_details } = metadata as {
    finish_reason?: string;
    finishReason?: string;
    stop_reason?: string;
    incomplete_details?: { reason?: string } | null;
  };
  const reason = finish_reason ?? finishReason ?? stop_reason ?? incomplete_details?.reason ?? "stop";
  return /^max_(output_)?tokens$/i.test(reason) ? "length" : reason;
}
