import { TerminalError } from "@restatedev/restate-sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  checkText,
  checkToolCalls,
  defaultRetryPolicy,
  InvalidResponseError,
  jsonSchema,
  MAX_ANSWER_LENGTH,
  MissingKeyError,
  modelFault,
  newestTurns,
  parseAnswer,
  retryDelay,
} from "../src/index.ts";

/** What an HTTP client throws: the AI SDK and the openai client name the fields differently. */
const clients = {
  "the AI SDK": (status: number, headers = {}) =>
    Object.assign(new Error("nope"), { statusCode: status, responseHeaders: headers }),
  "the openai client": (status: number, headers = {}) =>
    Object.assign(new Error("nope"), { status, headers: new Headers(headers) }),
};

describe.each(Object.entries(clients))("errors of %s", (_, httpError) => {
  test.each([408, 409, 429, 500, 502, 503, 529])("%i may pass", (status) => {
    expect(modelFault("Researcher", httpError(status))).toMatchObject({ retryable: true, code: status });
  });

  test.each([400, 401, 403, 404, 413, 422])("%i will not pass", (status) => {
    expect(modelFault("Researcher", httpError(status))).toMatchObject({ retryable: false, code: status });
  });

  test("what to do names the variable to set, and who called", () => {
    expect(modelFault("Researcher", httpError(401)).message).toMatch(/^Researcher: .*401.*OPENAI_API_KEY/);
    expect(modelFault("Researcher", httpError(404)).message).toMatch(/OPENAI_BASE_URL/);
  });

  test("what to do is the caller's to say, for each status", () => {
    const hints = { 404: "Set OPENAI_MODEL.", 422: "Ask for help." };
    expect(modelFault("Researcher", httpError(404), hints).message).toMatch(/nope\. Set OPENAI_MODEL\.$/);
    expect(modelFault("Researcher", httpError(422), hints).message).toMatch(/nope\. Ask for help\.$/);
    expect(modelFault("Researcher", httpError(401), hints).message).toMatch(/OPENAI_API_KEY/);
  });

  test.each([
    ["seconds", { "retry-after": "3" }, 3_000],
    ["milliseconds", { "retry-after-ms": "250", "retry-after": "9" }, 250],
    ["a date that is past", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, 0],
  ])("Retry-After in %s", (_, headers, millis) => {
    expect(modelFault("Researcher", httpError(429, headers)).retryAfter).toBe(millis);
  });

  test.each([[{}], [{ "retry-after": "soon" }], [{ "retry-after": "" }], [{ "retry-after": "-5" }]])(
    "no usable Retry-After: %o",
    (headers) => {
      expect(modelFault("Researcher", httpError(429, headers))).not.toHaveProperty("retryAfter");
    },
  );

  test("Retry-After as a date to come", () => {
    const headers = { "retry-after": new Date(Date.now() + 60_000).toUTCString() };
    const { retryAfter } = modelFault("Researcher", httpError(503, headers));
    expect(retryAfter).toBeGreaterThan(50_000);
    expect(retryAfter).toBeLessThanOrEqual(60_000);
  });
});

test("a broken connection and a stalled answer may pass", () => {
  expect(modelFault("Researcher", new TypeError("fetch failed"))).toMatchObject({ retryable: true, code: 503 });
  const stalled = new DOMException("The operation was aborted due to timeout", "TimeoutError");
  expect(modelFault("Researcher", stalled)).toMatchObject({ retryable: true, code: 504 });
});

test("an answer whose body the client could not read may pass, although its status was 200", () => {
  expect(modelFault("Researcher", clients["the AI SDK"](200))).toMatchObject({ retryable: true, code: 503 });
});

test("whatever else is thrown is described, not lost", () => {
  expect(modelFault("Researcher", "a string").message).toContain("a string");
  expect(modelFault("Researcher", undefined)).toMatchObject({ retryable: true });
});

describe("a structured answer", () => {
  const schema = z.object({ tasks: z.array(z.string()).min(1) });

  test("is read", () => expect(parseAnswer(schema, '{"tasks":["a"]}')).toEqual({ tasks: ["a"] }));

  test.each([
    ["no JSON", "I can't help with that", /not JSON.*I can't help/],
    ["too few", '{"tasks":[]}', /tasks/],
    ["another shape", '{"jobs":["a"]}', /tasks/],
  ])("%s is refused with the reason", (_, text, reason) => {
    expect(() => parseAnswer(schema, text)).toThrow(InvalidResponseError);
    expect(() => parseAnswer(schema, text)).toThrow(reason);
  });
});

test("a key that is missing is terminal, and named", () => {
  const fault = modelFault("Researcher", new MissingKeyError());
  expect(fault).toMatchObject({ retryable: false, code: 401 });
  expect(fault.message).toBe("Researcher: OPENAI_API_KEY is not set. Set OPENAI_API_KEY to a valid key.");
  const ownWords = modelFault("Researcher", new MissingKeyError(), { 401: "Ask for one." });
  expect(ownWords.message).toBe("Researcher: OPENAI_API_KEY is not set. Ask for one.");
});

test.each([
  ["a refusal", "I can't", "content-filter", /refusal: I can't/],
  ["a refusal over Chat Completions", "I can't", "content_filter", /refusal: I can't/],
  ["cut off", "The repo", "length", /cut off/],
  ["blank", " \n", "stop", /empty/],
  ["endless", "x".repeat(MAX_ANSWER_LENGTH + 1), "stop", /100001 characters/],
])("prose that is %s is invalid", (_, text, finishReason, reason) => {
  expect(() => checkText(text, finishReason)).toThrow(reason);
  expect(checkText("Fine.", "stop")).toBe("Fine.");
});

test("a tool may be called once in a turn, if it exists", () => {
  expect(() => checkToolCalls(["a", "b"], ["a", "b"])).not.toThrow();
  expect(() => checkToolCalls(["c"], ["a", "b"])).toThrow(/calls c; there are the tools a, b/);
  expect(() => checkToolCalls(["a", "b", "a"], ["a", "b"])).toThrow(/calls a twice/);
});

describe("the delay before the next attempt", () => {
  const fault = { message: "Researcher: the model answered 429: slow down", code: 429, retryable: true };

  test("doubles, and is never shorter than the model asks", () => {
    expect([1, 2].map((attempts) => retryDelay(fault, attempts))).toEqual([250, 500]);
    expect(retryDelay({ ...fault, retryAfter: 3_000 }, 1)).toBe(3_000);
    expect(retryDelay({ ...fault, retryAfter: 0 }, 2)).toBe(500);
  });

  test("and the limits are the policy's", () => {
    const policy = { ...defaultRetryPolicy, maxAttempts: 5, firstRetryDelay: 1_000, maxRetryAfter: 1_000 };
    expect(retryDelay(fault, 4, policy)).toBe(8_000);
    expect(() => retryDelay(fault, 5, policy)).toThrow(/given up after 5 attempts/);
    expect(() => retryDelay({ ...fault, retryAfter: 1_001 }, 1, policy)).toThrow(/asks for 2 s of rest, more than 1 s/);
  });
});

test("a TerminalError stays terminal, with its code", () => {
  const error = new TerminalError("the model takes no tools", { errorCode: 422 });
  expect(modelFault("Researcher", error)).toEqual({
    message: "Researcher: the model takes no tools",
    code: 422,
    retryable: false,
  });
});

test("a schema that has to wait is nothing that a model could mend", () => {
  const schema = z.string().refine(async () => true);
  expect(() => parseAnswer(schema, '"text"')).toThrow(TerminalError);
});

test("a JSON schema judges an answer; one that Zod does not know takes anything", () => {
  const schema = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };
  expect(() => parseAnswer(jsonSchema(schema), '{"b": 1}')).toThrow(/a/);
  expect(parseAnswer(jsonSchema({ $dynamicRef: "#unknown" }), '{"b": 1}')).toEqual({ b: 1 });
});

describe("the newest turns of a conversation", () => {
  const keep = (conversation: string, maxItems: number) =>
    newestTurns([...conversation], maxItems, (item) => item === "u").join("");

  test.each([
    ["uaua", 4, "uaua"],
    ["uaua", 3, "ua"],
    ["uauctua", 6, "uctua"],
    ["uauctua", 4, "ua"],
    ["uauccttta", 3, "uccttta"],
    ["abc", 2, "abc"],
  ])("of %s, at most %i: %s", (conversation, maxItems, kept) => expect(keep(conversation, maxItems)).toBe(kept));
});
