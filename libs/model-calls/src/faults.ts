import { TerminalError } from "@restatedev/restate-sdk";

/** What went wrong with one attempt at a model call: plain data, since it is journaled. */
export interface ModelFault {
  /** What was wrong, with what value, and what to do; starts with the name of what made the call. */
  message: string;
  /** The HTTP status that the client gets if the call is given up. */
  code: number;
  /** Whether another attempt may help. */
  retryable: boolean;
  /** How long the model's server asked to wait, in milliseconds. */
  retryAfter?: number;
}

/** An invalid response: broken JSON, a refusal, a plan that can't be worked off, a tool that does not exist. */
export class InvalidResponseError extends Error {
  override name = "InvalidResponseError";
}

/** OPENAI_API_KEY is not set, so no call can be made. */
export class MissingKeyError extends Error {
  override name = "MissingKeyError";
}

/** What errors tell the reader to do, by the HTTP status that no retry can cure (400, 401, 403, 404). */
export type Hints = Partial<Record<number, string>>;

/** The hints that hold wherever OPENAI_API_KEY and OPENAI_BASE_URL say which model is asked. */
export const hints: Hints = {
  400: "Check the model's name and what it supports (tools, structured output, size of the prompt).",
  401: "Set OPENAI_API_KEY to a valid key.",
  403: "Check the model's name and that the key in OPENAI_API_KEY may use it.",
  404: "Check that the server has a model of this name, and check OPENAI_BASE_URL.",
};

/**
 * Says what an error of a model call means, whichever client threw it.
 *
 * Statuses 408, 409, 429 and 5xx, broken connections, stalled and invalid responses may pass; every other status will not
 * (https://platform.openai.com/docs/guides/error-codes).
 *
 * @param name what made the call, such as an agent's name; the message starts with it
 * @param error what the client threw: an HTTP error with `statusCode` or `status`, a network error, {@link InvalidResponseError}, or
 *   a TerminalError for what no further attempt can mend
 * @param ownHints what the message tells the reader to do, by status; where it has nothing, {@link hints} holds
 */
export function modelFault(name: string, error: unknown, ownHints: Hints = {}): ModelFault {
  const { kind, message, status, headers } = readError(error);
  if (error instanceof TerminalError) return { message: `${name}: ${message}`, code: error.code, retryable: false };
  const hint = (ofStatus: number) => ownHints[ofStatus] ?? hints[ofStatus] ?? "";
  if (error instanceof MissingKeyError || (error as Error | undefined)?.cause instanceof MissingKeyError) {
    return { message: `${name}: OPENAI_API_KEY is not set. ${hint(401)}`, code: 401, retryable: false };
  }
  if (error instanceof InvalidResponseError) {
    return { message: `${name}: the model's response is invalid: ${message}`, code: 502, retryable: true };
  }
  if (status === undefined) {
    const stalled = kind === "TimeoutError";
    const problem = stalled ? "the model gave no answer in time" : `no answer from the model: ${message}`;
    return { message: `${name}: ${problem}`, code: stalled ? 504 : 503, retryable: true };
  }
  const problem = `${name}: the model answered ${status}: ${message}`;
  if (status >= 500 || status === 429 || status === 408 || status === 409) {
    const retryAfter = retryAfterMillis(headers);
    return { message: problem, code: status, retryable: true, ...(retryAfter !== undefined && { retryAfter }) };
  }
  return { message: `${problem}. ${hint(status)}`.trim(), code: status, retryable: false };
}

/** The parts that HTTP clients agree on: the AI SDK says statusCode and responseHeaders, the openai client status and headers. */
function readError(error: unknown) {
  const fields = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const status = fields.statusCode ?? fields.status;
  const headers = fields.responseHeaders ?? fields.headers;
  return {
    kind: String(fields.name ?? ""),
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
