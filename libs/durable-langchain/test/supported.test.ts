import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { Annotation, END, InMemoryStore, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import type { Context } from "@restatedev/restate-sdk";
import { createAgent } from "langchain";
import { expect, test } from "vitest";
import { durableInvoke, type Invocable, RestateMessages, restateContext } from "../src/index.ts";
import { requireSupportedGraph } from "../src/supported.ts";

// What can't be made durable is refused before anything runs: the context below is never used.
const ctx = {} as Context;
const State = Annotation.Root({ said: Annotation<string> });
const oneNode = (options: object = {}) =>
  new StateGraph(State)
    .addNode("node", () => ({}), options)
    .addEdge(START, "node")
    .addEdge("node", END);
const around = (inner: ReturnType<ReturnType<typeof oneNode>["compile"]>) =>
  new StateGraph(State).addNode("inner", inner).addEdge(START, "inner").addEdge("inner", END).compile();
const model = new ChatOpenAI({ model: "test-model", apiKey: "none", maxRetries: 0 });
const retryPolicy = { maxAttempts: 3 };

test.each<[string, unknown, RegExp]>([
  ["a checkpointer", oneNode().compile({ checkpointer: new MemorySaver() }), /checkpointer of .*RestateMessages/],
  ["a store", oneNode().compile({ store: new InMemoryStore() }), /store of .*Virtual Object/],
  ["retries of a node", oneNode({ retryPolicy }).compile(), /retryPolicy of the node node.*durableInvoke/],
  ["a cache of a node", oneNode({ cachePolicy: { ttl: 1 } }).compile(), /cachePolicy of the node node/],
  ["any of that in a subgraph", around(oneNode({ retryPolicy }).compile()), /retryPolicy of the node node/],
  [
    "an agent's checkpointer",
    createAgent({ model, tools: [], checkpointer: new MemorySaver() }),
    /checkpointer of .*RestateMessages/,
  ],
])("%s is refused, with what to do instead", async (_, graph, message) => {
  const invoke = () => durableInvoke(ctx, graph as Invocable<object, object>, {});
  await expect(invoke()).rejects.toThrow(message);
  // And again: the answer does not depend on having been asked before.
  await expect(invoke()).rejects.toThrow(message);
});

test.each<[string, object, RegExp]>([
  ["streaming", { streamMode: "values" }, /option streamMode.*await the result/],
  ["an abort signal", { signal: new AbortController().signal }, /option signal.*cancel the invocation/],
  ["a timeout", { timeout: 1_000 }, /option timeout.*orTimeout/],
  ["LangGraph's durability", { durability: "sync" }, /option durability.*journal/],
  ["fewer branches at a time", { maxConcurrency: 1 }, /option maxConcurrency.*leaves out/],
  ["a store", { store: new InMemoryStore() }, /option store/],
])("the option for %s is refused, with what to do instead", async (_, options, message) => {
  await expect(durableInvoke(ctx, oneNode().compile(), {}, options)).rejects.toThrow(message);
});

test("what a graph gets later is seen too", async () => {
  const graph = oneNode().compile();
  requireSupportedGraph(graph);
  graph.checkpointer = new MemorySaver();
  await expect(durableInvoke(ctx, graph, {})).rejects.toThrow(/checkpointer of/);
});

test("what is supported passes", () => {
  expect(() => requireSupportedGraph(around(oneNode().compile()))).not.toThrow();
  expect(() => requireSupportedGraph(createAgent({ model, tools: [] }))).not.toThrow();
  expect(() => requireSupportedGraph(model)).not.toThrow();
});

test("restateContext() says where it works", () => {
  expect(() => restateContext()).toThrow(/in what durableInvoke\(\) calls/);
});

test("the ids that LangGraph makes up are not kept, those of answers are", async () => {
  const state = new Map<string, unknown>();
  const object = {
    get: async (key: string) => state.get(key),
    set: (key: string, value: unknown) => state.set(key, value),
  };
  const conversation = new RestateMessages(object as never);
  conversation.save([
    new HumanMessage({ content: "Hello", id: "random" }),
    new AIMessage({ content: "Hi", id: "from the journal", tool_calls: [{ name: "look", args: {}, id: "1" }] }),
  ]);
  const [human, ai] = (await conversation.load()) as [HumanMessage, AIMessage];
  expect(human.id).toBeUndefined();
  expect(ai).toMatchObject({ id: "from the journal", tool_calls: [{ name: "look", args: {}, id: "1" }] });
});
