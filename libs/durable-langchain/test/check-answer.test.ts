import { AIMessage } from "@langchain/core/messages";
import { expect, test } from "vitest";
import { z } from "zod";
import { type AnswerOptions, checkAnswer } from "../src/check-answer.ts";

// What a model may answer, and what is an invalid response.

const says = (content: AIMessage["content"], fields: object = {}) => new AIMessage({ content, ...fields } as never);
const calls = (name: string, args: object) => says("", { tool_calls: [{ name, args, id: "1" }] });
const parameters = { type: "object", properties: { at: { enum: ["sky", "sea"] } }, required: ["at"] };
const tools: AnswerOptions = { tools: [{ function: { name: "look", parameters } }, { name: "wait" }] };
const byZod: AnswerOptions = { response_format: { json_schema: { schema: z.object({ a: z.number() }) } } };
const byJson: AnswerOptions = {
  response_format: {
    json_schema: { schema: { type: "object", properties: { a: { type: "number" } }, required: ["a"] } },
  },
};

test.each<[string, AIMessage, AnswerOptions]>([
  ["prose", says("Hello"), {}],
  ["an image without a word", says([{ type: "image_url", image_url: "data:" }]), {}],
  ["text beside a refusal", says("Partly", { additional_kwargs: { refusal: "The rest I won't" } }), {}],
  ["a call", calls("look", { at: "sky" }), tools],
  ["a call of a tool in another form", calls("wait", { long: true }), tools],
  ["what fits the schema", says('{"a":1}'), byZod],
  ["what fits a JSON schema", says('{"a":1}'), byJson],
])("%s is valid", (_, message, options) => {
  expect(checkAnswer("Ada", message, options)).toMatchObject({ name: "Ada", text: message.text });
});

test.each<[string, AIMessage, AnswerOptions, RegExp]>([
  ["nothing", says(""), {}, /empty/],
  ["a refusal", says("", { additional_kwargs: { refusal: "I won't" } }), {}, /refusal: I won't/],
  ["a cut-off answer", says("If", { response_metadata: { finish_reason: "length" } }), {}, /cut off/],
  [
    "one that Responses cut off",
    says("If", { response_metadata: { incomplete_details: { reason: "max_output_tokens" } } }),
    {},
    /cut off/,
  ],
  ["an unknown tool", calls("listen", {}), tools, /calls listen; there are the tools look, wait/],
  ["arguments that do not fit", calls("look", { at: "me" }), tools, /look with arguments that do not fit/],
  [
    "broken arguments",
    says("", { invalid_tool_calls: [{ name: "look", args: "{", error: "not JSON" }] }),
    tools,
    /look.*not JSON/,
  ],
  ["what does not fit the schema", says('{"a":"1"}'), byZod, /a/],
  ["what does not fit a JSON schema", says('{"b":1}'), byJson, /a/],
])("%s is invalid", (_, message, options, problem) => {
  expect(() => checkAnswer("Ada", message, options)).toThrow(problem);
});
