import { join } from "node:path";
import { freshKey } from "@durable-agents/crash-harness";
import { echoOf, ROUNDS, refused, serveForTest, testRandomKills } from "@durable-agents/testkit/library-test";
import { stepsOf } from "@durable-agents/testkit/test-services";
import { describe, expect, test } from "vitest";
import { services } from "./services.ts";

const served = serveForTest(services);
const { call, callInRounds, cancelWhenAsleep, errorsOf, expectNoRepeats, newErrors } = served;

describe(`with a replay at every await, ${ROUNDS} times`, () => {
  test("parallel branches of several steps beside a model call, and Send to workers, at once in one handler", async () => {
    const found = [...stepsOf("alpha"), echoOf("Ask beside them"), ...stepsOf("beta")];
    await callInRounds("several", [
      { found: expect.arrayContaining(found), said: echoOf("Sum up 3") },
      { found: ["text", "text", "text", ...stepsOf("a", "b", "c")], said: echoOf("Sum up 6") },
    ]);
    await expectNoRepeats({ modelCalls: ROUNDS * 4, steps: ROUNDS * 20 });
  });

  test("Command, by a structured answer", async () => {
    await callInRounds("routed", { found: [], said: stepsOf("left")[0] });
    await expectNoRepeats({ modelCalls: ROUNDS, steps: ROUNDS * 4 });
  });

  test("subgraphs, as a node and inside of one", async () => {
    await callInRounds("nested", { found: expect.arrayContaining(stepsOf("alpha", "c")), said: echoOf("Sum up 4") });
    await expectNoRepeats({ modelCalls: ROUNDS * 5, steps: ROUNDS * 20 });
  });

  test("tasks of the functional API", async () => {
    await callInRounds("functional", { found: stepsOf("one", "two", "three"), said: echoOf("Sum up") });
    await expectNoRepeats({ modelCalls: ROUNDS, steps: ROUNDS * 12 });
  });

  test("createAgent, with parallel tools", async () => {
    await callInRounds("agent", { tools: stepsOf("alpha", "beta", "gamma"), said: echoOf("Work") });
    await expectNoRepeats({ modelCalls: ROUNDS * 2, steps: ROUNDS * 12 });
  });

  test("a ToolNode, with parallel tools", async () => {
    await callInRounds("toolNode", { tools: stepsOf("beside", "other"), said: echoOf("Work") });
    await expectNoRepeats({ modelCalls: ROUNDS * 2, steps: ROUNDS * 8 });
  });

  test("everything that a tool may await", async () => {
    const tools = ["[1,2]", "called", "TimeoutError", "awake", echoOf("From a tool")];
    await callInRounds("constructs", { tools, said: echoOf("Work") });
    await expectNoRepeats({ modelCalls: ROUNDS * 3 });
  });

  test("interrupts, each an awakeable", async () => {
    const said = JSON.stringify({ said: echoOf("Draft") });
    const found = [`yes to ${said}`, 'yes to "and this?"'];
    await callInRounds("interrupts", { found: expect.arrayContaining(found), said: echoOf("Sum up 2") });
    await expectNoRepeats({ modelCalls: ROUNDS * 2 });
  });

  test("chains, lambdas and agents with middleware as branches", async () => {
    await callInRounds("otherBranches", { found: 2, parallel: ["a", "b"] });
    // lambda, first, second, a, b, and two agents of four steps and two turns each
    await expectNoRepeats({ steps: ROUNDS * (5 + 2 * (4 + 2)), modelCalls: ROUNDS * 4 });
  });

  test("lanes one after the other, for a Restate SDK that we do not know", async () => {
    const found = expect.arrayContaining(stepsOf("alpha", "beta"));
    await callInRounds("sequential", { found, said: echoOf("Sum up 3") });
    await expectNoRepeats({ modelCalls: ROUNDS * 2, steps: ROUNDS * 8 });
  });
});

describe("what ends a run", () => {
  test.each([
    ["declinedInNode", 0],
    ["declinedInTool", 1],
    ["declinedInAgent", 1],
    ["declinedInChain", 1],
  ])("a TerminalError, which no model gets to see: %s", async (handler, modelCalls) => {
    expect(await call(handler, freshKey("run"))).toEqual(refused(418, /the card was declined/));
    await expectNoRepeats({ modelCalls });
  });

  test("other errors of tools are shown to the model, as LangGraph does it", async () => {
    const reply = await call("shown", freshKey("run"));
    expect(reply).toMatchObject({
      status: 200,
      body: { tools: [stepsOf("beside")[0], expect.stringContaining("nothing found")] },
    });
    await expectNoRepeats({ modelCalls: 2 });
  });

  test("too many steps", async () => {
    expect(await call("endless")).toEqual(refused(500, /Recursion limit of 5.*GraphRecursionError/s));
  });

  test("an interrupt without onInterrupt", async () => {
    expect(await call("interruptsUnheard", freshKey("run"))).toEqual(refused(500, /interrupt\(\).*onInterrupt/));
  });

  test.each([
    ["streamed", /model.stream\(\) is not supported.*await/],
    ["withRetry", /withRetry\(\) is not supported.*durableInvoke/],
    ["saverInside", /checkpointer of .*RestateMessages/],
  ])("what can't be made durable, where it is called: %s", async (handler, message) => {
    expect(await call(handler, freshKey("run"))).toEqual(refused(500, message));
    await expectNoRepeats({ modelCalls: 0 });
  });

  test("not a model's error that a node catches, or has a fallback for", async () => {
    served.environment.model.addFault({ fault: { kind: "status", status: 403 } });
    expect(await call("caught")).toMatchObject({ status: 200, body: { said: "the fallback, caught" } });
    await expectNoRepeats({ modelCalls: 2 });
  });

  test("a model that retries by itself", async () => {
    expect(await call("retrying")).toEqual(refused(500, /retries 2 times by itself.*maxRetries: 0/));
    await expectNoRepeats({ modelCalls: 0 });
  });

  test("a model that can't be had to answer; the error names the agent, or the node", async () => {
    served.environment.model.addFault({ fault: { kind: "status", status: 403 } });
    expect(await call("named")).toEqual(refused(403, /^Ada: the model answered 403/));
    expect(await call("routed", "run")).toEqual(refused(403, /^route: the model answered 403/));
    await expectNoRepeats({ modelCalls: 2 });
  });

  test("a cancellation, which stops all branches at once", async () => {
    expect(await cancelWhenAsleep("waits", "", 2)).toMatchObject({ status: 409 });
    await expectNoRepeats({ modelCalls: 0 });
  });
});

test("an invalid response is retried, and then refused", async () => {
  const fault = { kind: "answer" as const, answer: { object: { goto: "up" } } };
  served.environment.model.addFault({ times: 1, fault });
  expect(await call("routed", freshKey("run"))).toMatchObject({ status: 200 });
  served.environment.model.reset();
  served.environment.model.addFault({ fault });
  expect(await call("routed", freshKey("run"))).toEqual(refused(502, /goto/));
  expect(await newErrors()).toEqual([]);
});

test("a model that is asked in a step is a part of it", async () => {
  expect(await call("modelInStep")).toMatchObject({ status: 200, body: { said: echoOf("inside") } });
  await expectNoRepeats({ modelCalls: 1 });
});

test("the Responses API instead of Chat Completions", async () => {
  expect(await call("responses")).toEqual({ status: 200, body: echoOf("Over the Responses API") });
  await expectNoRepeats({ modelCalls: 1 });
});

describe("a conversation", () => {
  const typesOf = async (key: string) => (await call(`Conversations/${key}/types`)).body;

  test("is remembered, and a request that fails leaves nothing behind", async () => {
    const key = freshKey("conversation");
    await call(`Conversations/${key}/talk`, { text: "My name is Ada" });
    expect(await typesOf(key)).toEqual(["human", "ai"]);
    served.environment.model.addFault({ fault: { kind: "status", status: 400 } });
    expect(await call(`Conversations/${key}/talk`, { text: "What is it?" })).toMatchObject({ status: 400 });
    expect(await typesOf(key)).toEqual(["human", "ai"]);
    served.environment.model.reset();
    await call(`Conversations/${key}/talk`, { text: "What is my name?" });
    expect(await typesOf(key)).toEqual(["human", "ai", "human", "ai"]);
    expect(served.environment.model.calls[0]?.inputTokens).toBeGreaterThan(40);
    await expectNoRepeats({ modelCalls: 1 });
  });

  test("is saved alike at each replay, also what no model has said", async () => {
    const reply = await call(`Conversations/${freshKey("conversation")}/reply`);
    expect(reply).toEqual({ status: 200, body: ["By no model"] });
    expect(await newErrors()).toEqual([]);
  });

  test("keeps the newest messages, from a user's on", async () => {
    const key = freshKey("conversation");
    for (const text of ["one", "two", "three"]) await call(`Conversations/${key}/talk`, { text, maxMessages: 3 });
    expect(await typesOf(key)).toEqual(["human", "ai"]);
    const reply = await call(`Conversations/${freshKey("conversation")}/talk`, { text: "one", maxMessages: 0.5 });
    expect(JSON.stringify(reply.body)).toMatch(/whole number of messages above 0, not maxMessages: 0.5/);
  });
});

test("LangGraph by itself fails", async () => {
  const errors = await errorsOf("withoutLibrary", freshKey("run"));
  expect(errors).toMatch(/awaitNext already pending|Found a mismatch/);
});

testRandomKills({
  services: join(import.meta.dirname, "services.ts"),
  calls: ["nested", "agent", "nested", "agent", "nested", "agent"].map((handler) => `Graphs/${handler}`),
  effects: 3 * (20 + 12),
  steps: 3 * (20 + 5 + 12 + 2),
  modelCalls: 3 * (5 + 2),
  inFlight: 6 * 5,
  reply: { status: 200 },
});
