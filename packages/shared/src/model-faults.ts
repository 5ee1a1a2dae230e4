import { z } from "zod";
import type { AgentProfile } from "./agents.ts";
import { MAX_ANSWER_LENGTH } from "./contracts/text.ts";
import { modelName } from "./models.ts";

/** What went wrong with one attempt at a model call: plain data, since it is journaled. */
export interface ModelFault {
  /** What was wrong, with what value, and what to do; starts with the agent's name. */
  message: string;
  /** The HTTP status that the caller gets if nothing better comes of it. */
  code: number;
  /** Whether another attempt may help. */
  retryable: boolean;
  /** How long the model asked to be left alone, in milliseconds. */
  retryAfter?: number;
}

/** An answer that does not fit: broken JSON, a refusal, a plan that can't be worked off, a tool that does not exist. */
export class UnfitAnswerError extends Error {
  override name = "UnfitAnswerError";
}

/** OPENAI_API_KEY is not set, so no call can be made. */
export class MissingKeyError extends Error {
  override name = "MissingKeyError";
}

/**
 * Checks a model's prose.
 *
 * @param finishReason why the model stopped, as the AI SDK says it
 * @throws UnfitAnswerError if the model refused, was cut off, or said nothing or too much
 */
export function checkText(text: string, finishReason: string): string {
  if (finishReason === "content-filter") throw new UnfitAnswerError(`it is a refusal: ${text.slice(0, 200)}`);
  if (finishReason === "length") throw new UnfitAnswerError("it was cut off at the model's length limit");
  if (text.trim() === "") throw new UnfitAnswerError("it is empty");
  if (text.length > MAX_ANSWER_LENGTH) {
    throw new UnfitAnswerError(`it has ${text.length} characters; ${MAX_ANSWER_LENGTH} are the limit`);
  }
  return text;
}

/**
 * Checks the tool calls of one turn, of agents whose tools need to be called only once in it.
 *
 * @param called the names that the model calls
 * @param offered the names of the tools that there are
 * @throws UnfitAnswerError if a tool does not exist or is called twice
 */
export function checkToolCalls(called: string[], offered: string[]): void {
  const unknown = called.find((name) => !offered.includes(name));
  if (unknown !== undefined)
    throw new UnfitAnswerError(`it calls ${unknown}; there are the tools ${offered.join(", ")}`);
  const twice = called.find((name, index) => called.indexOf(name) !== index);
  if (twice !== undefined) throw new UnfitAnswerError(`it calls ${twice} twice in one turn`);
}

/**
 * Reads a structured answer.
 *
 * @throws UnfitAnswerError with the reason and the answer's beginning, if it is no JSON or does not fit the schema
 */
export function parseAnswer<T>(schema: z.ZodType<T>, text: string): T {
  const begins = `It begins: ${text.slice(0, 200)}`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UnfitAnswerError(`it is not JSON. ${begins}`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new UnfitAnswerError(`${z.prettifyError(parsed.error)}. ${begins}`);
  return parsed.data;
}

/** What to do about a status that no retry can cure. */
const remedies: Record<number, (agent: AgentProfile) => string> = {
  400: () => "Check the model's name and what it supports (tools, structured output, size of the prompt).",
  401: () => "Set OPENAI_API_KEY to a valid key. `npm run dev` needs none: it brings a mock model.",
  403: (agent) => `Check that the key in OPENAI_API_KEY may use the model ${modelName(agent.tier)}.`,
  404: (agent) =>
    `Set ${agent.tier === "planner" ? "OPENAI_PLANNER_MODEL" : "OPENAI_MODEL"} to a model that the server has ` +
    `(it is ${modelName(agent.tier)} now), and check OPENAI_BASE_URL.`,
};

/**
 * Says what an error of a model call means, whichever client threw it.
 *
 * Statuses 408, 409, 429 and 5xx, broken connections, stalled and unfit answers may pass; every other status will not
 * (https://platform.openai.com/docs/guides/error-codes).
 *
 * @param agent who made the call
 * @param error what the client threw: an HTTP error with `statusCode` or `status`, a network error, or {@link UnfitAnswerError}
 */
export function modelFault(agent: AgentProfile, error: unknown): ModelFault {
  const { name, message, status, headers } = readError(error);
  if (error instanceof MissingKeyError) {
    return {
      message: `${agent.name}: OPENAI_API_KEY is not set. ${remedies[401]?.(agent)}`,
      code: 401,
      retryable: false,
    };
  }
  if (error instanceof UnfitAnswerError) {
    return { message: `${agent.name}: the model's answer does not fit: ${message}`, code: 502, retryable: true };
  }
  if (status === undefined) {
    const stalled = name === "TimeoutError";
    const problem = stalled ? "the model gave no answer in time" : `no answer from the model: ${message}`;
    return { message: `${agent.name}: ${problem}`, code: stalled ? 504 : 503, retryable: true };
  }
  const problem = `${agent.name}: the model answered ${status}: ${message}`;
  if (status >= 500 || status === 429 || status === 408 || status === 409) {
    const retryAfter = retryAfterMillis(headers);
    return { message: problem, code: status, retryable: true, ...(retryAfter !== undefined && { retryAfter }) };
  }
  return { message: `${problem}. ${remedies[status]?.(agent) ?? ""}`.trim(), code: status, retryable: false };
}

/** The parts that HTTP clients agree on: the AI SDK says statusCode and responseHeaders, the openai client status and headers. */
function readError(error: unknown) {
  const fields = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const status = fields.statusCode ?? fields.status;
  const headers = fields.responseHeaders ?? fields.headers;
  return {
    name: String(fields.name ?? ""),
    message: String(fields.message ?? error),
    // A 2xx is an answer that the client could not read (broken JSON in the body): as good as none.
    status: typeof status === "number" && status >= 400 ? status : undefined,
    headers: new Headers(headers as Record<string, string> | undefined),
  };
}

/**
 * Retry-After holds seconds or a date (RFC 9110, 10.2.3); retry-after-ms is OpenAI's own. Returns milliseconds, or
 * undefined where there is no such header or it makes no sense.
 */
function retryAfterMillis(headers: Headers): number | undefined {
  const millis = headers.get("retry-after-ms");
  const value = headers.get("retry-after")?.trim();
  const delay = millis ? Number(millis) : value ? secondsOrDate(value) : Number.NaN;
  return delay >= 0 ? delay : undefined;
}

const secondsOrDate = (value: string) =>
  /^-?[\d.]+/.test(value) ? Number(value) * 1000 : Math.max(0, Date.parse(value) - Date.now());
