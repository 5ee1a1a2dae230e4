import { TerminalError } from "@restatedev/restate-sdk";
import { z } from "zod";
import { InvalidResponseError } from "./faults.ts";

/** Longest prose that is taken from a model, in characters. More is a model that went astray. */
export const MAX_ANSWER_LENGTH = 100_000;

/**
 * Checks a model's prose.
 *
 * @param text what the model said
 * @param finishReason why the model stopped, as the AI SDK or Chat Completions says it
 * @returns the text
 * @throws InvalidResponseError if the model refused, was cut off, or said nothing or too much
 */
export function checkText(text: string, finishReason: string): string {
  if (/^content[-_]filter$/.test(finishReason))
    throw new InvalidResponseError(`it is a refusal: ${text.slice(0, 200)}`);
  if (finishReason === "length") throw new InvalidResponseError("it was cut off at the model's length limit");
  if (text.trim() === "") throw new InvalidResponseError("it is empty");
  if (text.length > MAX_ANSWER_LENGTH) {
    throw new InvalidResponseError(`it has ${text.length} characters; ${MAX_ANSWER_LENGTH} are the limit`);
  }
  return text;
}

/**
 * Checks the tool calls of one turn, of agents whose tools need to be called only once in it.
 *
 * @param called the names that the model calls
 * @param offered the names of the tools that there are
 * @throws InvalidResponseError if a tool does not exist or is called twice
 */
export function checkToolCalls(called: string[], offered: string[]): void {
  const unknown = called.find((name) => !offered.includes(name));
  if (unknown !== undefined)
    throw new InvalidResponseError(`it calls ${unknown}; there are the tools ${offered.join(", ")}`);
  const twice = called.find((name, index) => called.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidResponseError(`it calls ${twice} twice in one turn`);
}

/**
 * Reads a structured answer.
 *
 * @param schema what the answer has to fit
 * @param text what the model said
 * @returns what the schema makes of it
 * @throws InvalidResponseError with the reason and the answer's beginning, if it is no JSON or does not fit the schema
 * @throws TerminalError if the schema has to wait for something, which no answer can mend
 */
export function parseAnswer<T>(schema: z.ZodType<T>, text: string): T {
  const begins = `It begins: ${text.slice(0, 200)}`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InvalidResponseError(`it is not JSON. ${begins}`);
  }
  const parsed = safeParse(schema, json);
  if (!parsed.success) throw new InvalidResponseError(`${z.prettifyError(parsed.error)}. ${begins}`);
  return parsed.data;
}

function safeParse<T>(schema: z.ZodType<T>, json: unknown) {
  try {
    return schema.safeParse(json);
  } catch (error) {
    throw new TerminalError(`the schema can't judge an answer at once: ${(error as Error).message}`);
  }
}

/**
 * A JSON schema as a Zod one.
 *
 * @param schema an object, such as the parameters of a tool
 * @returns a schema that takes anything, for a JSON schema that Zod can't express: it has to be checked elsewhere then
 */
export function jsonSchema(schema: object): z.ZodType {
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    return z.unknown();
  }
}
