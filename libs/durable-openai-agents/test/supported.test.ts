import { Agent, computerTool, hostedMcpTool, MemorySession, type Model, tool, webSearchTool } from "@openai/agents";
import type { Context } from "@restatedev/restate-sdk";
import { expect, test } from "vitest";
import { z } from "zod";
import { durableAgentTool, durableRun, durableTool, RestateSession, restateContext } from "../src/index.ts";
import { requireSupportedAgent } from "../src/supported.ts";

// What can't be made durable is refused before anything runs: the context below is never used.
const ctx = {} as Context;
const parameters = z.object({});
const plain = tool({ name: "plain", description: "", parameters, execute: () => "" });
const instance: Model = {
  getResponse: () => Promise.reject(new Error("asked")),
  getStreamedResponse: () => {
    throw new Error("asked");
  },
};
const mcpServer = { name: "Library" } as Agent["mcpServers"][number];
const named = (config: Partial<ConstructorParameters<typeof Agent>[0]>) =>
  new Agent({ name: "Ada", ...config } as never);

test.each<[string, Agent, RegExp]>([
  ["a plain tool", named({ tools: [plain] }), /tool plain of Ada.*durableTool/],
  [
    "an agent as a plain tool",
    named({ tools: [named({}).asTool({ toolName: "bob" })] }),
    /tool bob of Ada.*durableAgentTool/,
  ],
  ["a computer", named({ tools: [computerTool({ computer: {} as never })] }), /computer.* of Ada.*durableTool/],
  [
    "an MCP server at the provider",
    named({ tools: [hostedMcpTool({ serverLabel: "x", serverUrl: "https://x" })] }),
    /of Ada.*web_search/,
  ],
  ["an MCP server", named({ mcpServers: [mcpServer] }), /MCP server Library of Ada.*durableMcpServer/],
  ["a model instance", named({ model: instance }), /model of Ada is a model instance.*modelProvider/],
  [
    "retries of the SDK",
    named({ modelSettings: { retry: { maxRetries: 2 } } }),
    /modelSettings.retry of Ada.*retryPolicy/,
  ],
  [
    "timeouts of the SDK",
    named({ modelSettings: { timeoutMs: 1_000 } }),
    /modelSettings.timeoutMs of Ada.*retryPolicy/,
  ],
  ["any of that behind a handoff", named({ handoffs: [named({ tools: [plain] })] }), /tool plain of Ada/],
  [
    "any of that behind a tool",
    named({ tools: [durableAgentTool(named({ name: "Bob", tools: [plain] }), { toolName: "bob" })] }),
    /tool plain of Bob/,
  ],
])("%s is refused, with what to do instead", async (_, agent, message) => {
  await expect(durableRun(ctx, agent, "Hello")).rejects.toThrow(message);
  // And again: the answer does not depend on having been asked before.
  await expect(durableRun(ctx, agent, "Hello")).rejects.toThrow(message);
});

test.each<[string, object, RegExp]>([
  ["streaming", { stream: true }, /option stream.*await the whole answer/],
  ["an abort signal", { signal: new AbortController().signal }, /option signal.*cancel the invocation/],
  ["a conversation at the provider", { conversationId: "conv_1" }, /option conversationId.*RestateSession/],
  ["a response at the provider", { previousResponseId: "resp_1" }, /option previousResponseId.*RestateSession/],
  ["a session elsewhere", { session: new MemorySession() }, /no RestateSession/],
  ["tracing", { tracing: { apiKey: "x" } }, /option tracing.*Restate's UI/],
  ["a sandbox", { sandbox: {} }, /option sandbox.*durableTool/],
  ["a model instance", { model: instance }, /option model is a model instance.*modelProvider/],
  ["retries of the SDK", { modelSettings: { retry: { maxRetries: 2 } } }, /modelSettings.retry of the options/],
])("the option for %s is refused, with what to do instead", async (_, options, message) => {
  await expect(durableRun(ctx, named({}), "Hello", options)).rejects.toThrow(message);
});

test("a tool's timeout is refused where the tool is made", () => {
  const options = { name: "slow", description: "", parameters, timeoutMs: 5, execute: () => "" };
  expect(() => durableTool(options)).toThrow(/timeoutMs of the tool slow.*orTimeout/);
});

test("an agent's stream is refused where the tool is made", () => {
  const make = () => durableAgentTool(named({}), { toolName: "ada", onStream: () => {} });
  expect(make).toThrow(/option stream/);
  const own = { modelProvider: { getModel: () => instance } };
  expect(() => durableAgentTool(named({}), { toolName: "ada", runConfig: own })).toThrow(/modelProvider for Ada/);
});

test("sessions and listeners of an agent as a tool are refused", () => {
  const runOptions = { session: new MemorySession() } as object;
  expect(() => durableAgentTool(named({}), { toolName: "ada", runOptions })).toThrow(/session for Ada/);
  expect(() => durableAgentTool(named({}), { toolName: "ada" }).on("*", () => {})).toThrow(/Listening to \*/);
});

test("what is supported passes, agents that hand off to each other too", () => {
  const durable = durableTool({ name: "durable", description: "", parameters, execute: () => "" });
  const [one, two] = [named({ name: "One", tools: [durable, webSearchTool()] }), named({ name: "Two" })];
  one.handoffs.push(two);
  two.handoffs.push(one);
  expect(() => requireSupportedAgent(one)).not.toThrow();
});

test("restateContext() says where it works", () => {
  expect(() => restateContext()).toThrow(/in what durableRun\(\) calls/);
});

test("a durable tool is a tool like any other outside of a run", async () => {
  const greet = durableTool({
    name: "greet",
    description: "",
    parameters: z.object({ name: z.string() }),
    execute: ({ name }) => `Hello ${name}`,
  });
  expect(await greet.invoke({} as never, '{"name":"Ada"}')).toBe("Hello Ada");
  expect(await greet.invoke({} as never, "{}")).toMatch(/^Error: /);
});

test("a session hands out copies, and the newest items", async () => {
  const state = new Map<string, unknown>();
  const object = {
    key: "k",
    get: async (key: string) => state.get(key),
    set: (key: string, value: unknown) => state.set(key, value),
  };
  const session = new RestateSession(object as never);
  const said = (content: string) => ({ role: "user" as const, content });
  await session.addItems([said("one"), said("two"), said("three")]);
  expect(await session.getItems(2)).toEqual([said("two"), said("three")]);
  expect(await session.getItems(0)).toEqual([]);
  (await session.getItems()).pop();
  expect(await session.popItem()).toEqual(said("three"));
  expect(await session.getSessionId()).toBe("k");
  expect(state.size).toBe(0); // nothing is written before the run has ended well
  session.save();
  expect(state.get("items")).toEqual([said("one"), said("two")]);
});
