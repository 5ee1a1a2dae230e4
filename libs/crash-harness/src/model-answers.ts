/** What a model is asked, whichever protocol it came over. */
export interface ModelRequest {
  /** The name of the model that is asked for. */
  model: string;
  /** All system messages. */
  instructions: string;
  /** The conversation, oldest first, system messages too. A tool call's input is JSON, as a string. */
  messages: { role: string; text: string; toolCalls: { name: string; input: string }[] }[];
  /** The tools that may be called; their parameters are JSON schemas. */
  tools: { name: string; parameters: object }[];
  /** The JSON schema that the answer must fit. */
  schema?: object;
}

/**
 * What a model answers: prose, which may be cut off or be a refusal, a structured answer, or tool calls. A tool's input
 * that is a string is sent as it is, and so may be broken.
 */
export type ModelAnswer =
  | { text: string; finishReason?: "stop" | "length" | "content_filter" }
  | { object: unknown }
  | { toolCalls: { name: string; input: unknown }[] };

/**
 * An agent that the mock model knows: by its instructions, which stand in the system message of its requests. Equal
 * questions should get equal answers, since a question is repeated after a crash.
 */
export interface ScriptedAgent {
  /** What it is called in reports. */
  name: string;
  /** What its requests have in their system message, and those of no other agent. */
  instructions: string;
  /** What it is answered; undefined is an error, which says what was asked. */
  answer: (request: ModelRequest) => ModelAnswer | undefined;
}

/**
 * An answer to any request whatever: one that fits the schema, a call of each tool offered, or an echo.
 *
 * @param request what was asked
 */
export function genericAnswer(request: ModelRequest): ModelAnswer {
  if (request.schema) return { object: sampleOf(request.schema) };
  if (request.tools.length > 0 && toolResults(request).length === 0) return callTools(request.tools);
  return { text: `This is what the mock model says to: ${newestQuestion(request)}` };
}

/**
 * The newest thing that a user said.
 *
 * @param modelRequest what was asked
 * @returns an empty text if there is none
 */
export const newestQuestion = ({ messages }: ModelRequest) =>
  messages.findLast(({ role }) => role === "user")?.text ?? "";

/**
 * What tools have returned since a user last said something.
 *
 * @param modelRequest what was asked
 */
export const toolResults = ({ messages }: ModelRequest) =>
  messages
    .slice(messages.findLastIndex(({ role }) => role === "user"))
    .filter(({ role }) => role === "tool")
    .map(({ text }) => text);

/**
 * Calls of tools, each with the plainest input that fits its parameters.
 *
 * @param tools of a {@link ModelRequest}
 */
export const callTools = (tools: ModelRequest["tools"]): ModelAnswer => ({
  toolCalls: tools.map(({ name, parameters }) => ({ name, input: sampleOf(parameters) })),
});

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  minItems?: number;
  minimum?: number;
  format?: string;
}

/** The plainest value that fits a JSON schema, as far as schemas that models are asked to fill go. */
function sampleOf(schema: JsonSchema): unknown {
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return sampleOf(schema.anyOf[0]);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, sampleOf(value)]));
    case "array":
      return Array.from({ length: schema.minItems ?? 1 }, () => sampleOf(schema.items ?? {}));
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return schema.format === "date" ? "2024-10-01" : "text";
  }
}
