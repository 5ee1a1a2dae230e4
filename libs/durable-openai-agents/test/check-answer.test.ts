import { Agent, type AgentOutputItem, type ModelRequest, toolNamespace, Usage } from "@openai/agents";
import { expect, test } from "vitest";
import { z } from "zod";
import { checkAnswer } from "../src/check-answer.ts";
import { durableTool } from "../src/index.ts";

// What a model may answer, and what is an invalid response.

const message = (...content: object[]) => ({ type: "message", role: "assistant", status: "completed", content });
const text = (said: string) => message({ type: "output_text", text: said });
const refusal = { type: "refusal", refusal: "I won't" };
const call = (name: string, input: string) => ({ type: "function_call", callId: "1", name, arguments: input });
const reasoning = { type: "reasoning", content: [] };
const image = { type: "hosted_tool_call", name: "image_generation_call", status: "completed" };

const look = durableTool({
  name: "look",
  description: "",
  parameters: z.object({ at: z.enum(["sky", "sea"]) }),
  execute: () => "",
});
const wait = durableTool({ name: "wait", description: "", parameters: z.object({}), execute: () => "" });
const older = durableTool({
  name: "look",
  description: "",
  parameters: z.object({ up: z.boolean() }),
  execute: () => "",
});
const atJson = {
  type: "object" as const,
  properties: { a: { type: "number" } },
  required: ["a"],
  additionalProperties: false as const,
};
const byJson = durableTool({
  name: "count",
  description: "",
  parameters: atJson,
  execute: () => "",
  strict: true,
} as never);
const tools = [look, wait, byJson];

const schema = z.object({ a: z.number() });
const structured = new Agent({ name: "Ada", outputType: schema });
const jsonStructured = new Agent({
  name: "Ada",
  outputType: { type: "json_schema", name: "a", strict: true, schema: atJson },
});
const prose = new Agent({ name: "Ada", tools });

function check(agent: Agent<unknown, never> | object, output: object[], request: Partial<ModelRequest> = {}): void {
  const outputType = agent === prose ? "text" : { type: "json_schema", name: "a", strict: true, schema: atJson };
  const offered = tools.map(({ name, parameters }) => ({ type: "function", name, parameters }));
  const whole = {
    tools: agent === prose ? offered : [],
    handoffs: [],
    outputType,
    ...request,
  } as unknown as ModelRequest;
  const response = { output: output as AgentOutputItem[], usage: new Usage() };
  checkAnswer(response, whole, agent as never, { toolMayBeUnknown: false, checkAnswer: undefined } as never);
}

const handoffs = (properties: object) =>
  [
    { toolName: "transfer", inputJsonSchema: { type: "object", properties, required: Object.keys(properties) } },
  ] as never;

test.each<[string, object, object[], Partial<ModelRequest>?]>([
  ["prose", prose, [text("Hello")]],
  ["prose after reasoning", prose, [reasoning, text("Hello")]],
  ["an image without a word", prose, [image]],
  ["an image with an empty text", prose, [image, text("")]],
  ["text beside a refusal", prose, [message({ type: "output_text", text: "Partly" }, refusal)]],
  ["a call", prose, [call("look", '{"at":"sky"}')]],
  ["a call without arguments, where none are needed", prose, [call("wait", "")]],
  ["a call beside an empty text", prose, [text(""), call("wait", "{}")]],
  ["a call of a tool with a JSON schema", prose, [call("count", '{"a":1}')]],
  ["a handoff without input", prose, [call("transfer", "")], { handoffs: handoffs({}) }],
  [
    "a handoff with its input",
    prose,
    [call("transfer", '{"to":"Bob"}')],
    { handoffs: handoffs({ to: { type: "string" } }) },
  ],
  ["what fits the schema", structured, [text('{"a":1}')]],
  ["what fits the schema, divided by reasoning", structured, [text('{"a"'), reasoning, text(":1}")]],
  ["what fits a JSON schema", jsonStructured, [text('{"a":1}')]],
])("%s is valid", (_, agent, output, request) => {
  expect(() => check(agent, output, request)).not.toThrow();
});

test.each<[string, object, object[], RegExp, Partial<ModelRequest>?]>([
  ["nothing", prose, [], /empty/],
  ["an empty text", prose, [text(" ")], /empty/],
  ["a refusal", prose, [message(refusal)], /refusal: I won't/],
  ["an unknown tool", prose, [call("listen", "{}")], /calls listen; there are the tools look, wait, count/],
  ["broken arguments", prose, [call("look", '{"at"')], /look with arguments that do not fit: it is not JSON/],
  ["arguments that do not fit", prose, [call("look", '{"at":"me"}')], /look with arguments that do not fit/],
  ["arguments that do not fit a JSON schema", prose, [call("count", '{"b":1}')], /count with arguments/],
  [
    "a handoff without its input",
    prose,
    [call("transfer", "")],
    /transfer/,
    { handoffs: handoffs({ to: { type: "string" } }) },
  ],
  ["what does not fit the schema", structured, [text('{"a":"1"}')], /a/],
  ["a comment before what fits the schema", structured, [text("Well:"), reasoning, text('{"a":1}')], /not JSON/],
  ["what does not fit a JSON schema", jsonStructured, [text('{"b":1}')], /a/],
])("%s is invalid", (_, agent, output, message, request) => {
  expect(() => check(agent, output, request)).toThrow(message);
});

test("of several tools with one name, any may be meant", () => {
  const namespaced = toolNamespace({ name: "old", description: "Older tools", tools: [older] });
  const agent = new Agent({ name: "Ada", tools: [look, ...namespaced] });
  const offered = [{ type: "function", name: "look", parameters: look.parameters }];
  const request = { tools: offered, handoffs: [], outputType: "text" } as unknown as ModelRequest;
  for (const input of ['{"at":"sea"}', '{"up":true}']) {
    const response = { output: [call("look", input)] as AgentOutputItem[], usage: new Usage() };
    expect(() => checkAnswer(response, request, agent, { toolMayBeUnknown: false } as never)).not.toThrow();
  }
});
