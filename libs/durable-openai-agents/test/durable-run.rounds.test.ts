import { join } from "node:path";
import { freshKey } from "@durable-agents/crash-harness";
import { echoOf, inRounds, ROUNDS, refused, serveForTest, testRandomKills } from "@durable-agents/testkit/library-test";
import { effects, stepsOf } from "@durable-agents/testkit/test-services";
import { addTraceProcessor } from "@openai/agents";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { services } from "./services.ts";

const served = serveForTest(services);
const { call, callInRounds, cancelWhenAsleep, errorsOf, expectNoRepeats, newErrors } = served;

/** Traces and spans that the SDK would have sent. */
const traced: unknown[] = [];

beforeAll(() => {
  // The SDK traces nothing in tests.
  vi.stubEnv("OPENAI_AGENTS_DISABLE_TRACING", undefined).stubEnv("NODE_ENV", "development");
  const note = async (what: unknown) => void traced.push(what);
  addTraceProcessor({
    onTraceStart: note,
    onTraceEnd: note,
    onSpanStart: note,
    onSpanEnd: note,
    shutdown: async () => {},
    forceFlush: async () => {},
  });
});
afterAll(() => void vi.unstubAllEnvs());

const bothEchoes = { tools: [echoOf("text"), echoOf("text")], finalOutput: echoOf("Ask") };

describe(`with a replay at every await, ${ROUNDS} times`, () => {
  test("agents as tools, with parallel tools of their own", async () => {
    await callInRounds("nested", { ...bothEchoes, requests: 6 });
    await expectNoRepeats({ steps: ROUNDS * 16, modelCalls: ROUNDS * 6 });
  });

  test("a handoff, and structured output", async () => {
    await callInRounds("handoff", { finalOutput: { verdict: "good" }, lastAgent: "Closer" });
    await expectNoRepeats({ modelCalls: ROUNDS * 2 });
  });

  test("everything that a tool may await", async () => {
    const tools = ["[1,2]", "called", "TimeoutError", "awake", "good"];
    await callInRounds("constructs", { tools, finalOutput: echoOf("Work") });
    await expectNoRepeats({ modelCalls: ROUNDS * 3 });
  });

  test("guardrails that run agents beside the model call", async () => {
    await inRounds(async () => expect(await call("guardrails", "Be nice")).toMatchObject({ body: echoOf("Be nice") }));
    await expectNoRepeats({ modelCalls: ROUNDS * 3 });
  });

  test("several runs at once in one handler", async () => {
    await callInRounds("several", [{ harmful: false }, { harmful: false }, { harmful: false }]);
    await expectNoRepeats({ modelCalls: ROUNDS * 3 });
  });

  test("tools of an MCP server", async () => {
    const tools = ['{"type":"text","text":"found"}', ...stepsOf("shelve")];
    await callInRounds("mcp", { tools, finalOutput: echoOf("Work") });
    const steps = effects.filter((effect) => effect !== "mcp lookup");
    expect(effects.length - steps.length).toBe(ROUNDS);
    effects.splice(0, effects.length, ...steps);
    await expectNoRepeats({ steps: ROUNDS * 4, modelCalls: ROUNDS * 2 });
  });

  test("callbacks of all kinds, which wait for something un-journaled", async () => {
    const tools = ["one failed", "two failed", echoOf("text")];
    await callInRounds("callbacks", { tools, finalOutput: echoOf("Work") });
    await expectNoRepeats({ modelCalls: ROUNDS * 3 });
  });

  test("parallel tools of several steps, and Chat Completions instead of Responses", async () => {
    await callInRounds("chat", { tools: stepsOf("alpha", "beta", "gamma"), finalOutput: echoOf("Work") });
    await expectNoRepeats({ steps: ROUNDS * 12, modelCalls: ROUNDS * 2 });
  });

  test("lanes one after the other, for a Restate SDK that we do not know", async () => {
    await callInRounds("sequential", { guarded: echoOf("Be nice"), ...bothEchoes });
    await expectNoRepeats({ modelCalls: ROUNDS * 9 });
  });
});

describe("approvals", () => {
  const decisions: [boolean, string, number][] = [
    [true, "paid", 1],
    [false, "Tool execution was not approved.", 0],
  ];
  const outputs = (output: string) => ({
    status: 200,
    body: { tools: expect.arrayContaining(["looked", output]), finalOutput: echoOf("Pay") },
  });

  test.each(decisions)("in the handler, over an awakeable: %s", async (approved, output, payments) => {
    expect(await call("approve", { run: freshKey("run"), approved })).toEqual(outputs(output));
    expect(effects).toHaveLength(payments);
    await expectNoRepeats({ modelCalls: 2 });
  });

  test.each(decisions)("in a later request: %s", async (approved, output, payments) => {
    const key = freshKey("conversation");
    expect(await call(`Conversations/${key}/ask`, "Pay")).toEqual({ status: 200, body: ["pay"] });
    expect(effects).toEqual([]);
    expect(await call(`Conversations/${key}/decide`, approved)).toEqual(outputs(output));
    expect(effects).toHaveLength(payments);
    await expectNoRepeats({ modelCalls: 2 });
  });
});

describe("a session", () => {
  const itemsOf = async (key: string) => (await call(`Conversations/${key}/items`)).body;

  test("remembers, and a request that fails leaves nothing behind", async () => {
    const key = freshKey("conversation");
    await call(`Conversations/${key}/talk`, { text: "My name is Ada" });
    expect(await itemsOf(key)).toEqual(["user", "assistant"]);

    served.environment.model.addFault({ fault: { kind: "status", status: 400 } });
    expect(await call(`Conversations/${key}/talk`, { text: "What is it?" })).toMatchObject({ status: 400 });
    expect(await itemsOf(key)).toEqual(["user", "assistant"]);

    served.environment.model.reset();
    await call(`Conversations/${key}/talk`, { text: "What is my name?" });
    expect(await itemsOf(key)).toEqual(["user", "assistant", "user", "assistant"]);
    expect(served.environment.model.calls).toHaveLength(1);
    expect(served.environment.model.calls[0]?.inputTokens).toBeGreaterThan(40);
  });

  test("keeps the newest items, from a user's message on", async () => {
    const key = freshKey("conversation");
    for (const text of ["one", "two", "three"]) await call(`Conversations/${key}/talk`, { text, maxItems: 3 });
    expect(await itemsOf(key)).toEqual(["user", "assistant"]);
  });

  test("keeps the newest turn whole: no result of a tool without its call", async () => {
    const key = freshKey("conversation");
    await call(`Conversations/${key}/work`, "Work");
    const calls = ["function_call", "function_call", "function_call"];
    const outputs = ["function_call_result", "function_call_result", "function_call_result"];
    expect(await itemsOf(key)).toEqual(["user", ...calls, ...outputs, "assistant"]);
  });

  test("forgets a run that failed and was caught", async () => {
    const key = freshKey("conversation");
    expect(await call(`Conversations/${key}/talkOn`, "Hello")).toEqual({ status: 200, body: echoOf("Hello") });
    expect(await itemsOf(key)).toEqual(["user", "assistant"]);
  });

  test("says what maxItems takes", async () => {
    const reply = await call(`Conversations/${freshKey("conversation")}/talk`, { text: "one", maxItems: 0.5 });
    expect(JSON.stringify(reply.body)).toMatch(/whole number of items above 0, not maxItems: 0.5/);
  });
});

describe("what ends a run", () => {
  test.each([["declined"], ["declinedBehindTool"]])(
    "a tool's TerminalError, which the model does not get to see: %s",
    async (handler) => {
      expect(await call(handler, freshKey("run"))).toEqual(refused(418, /the card was declined/));
      expect(served.environment.model.calls.map(({ prompt }) => prompt)).not.toContainEqual(
        expect.stringContaining("declined"),
      );
      // The model was asked by each agent once, and never again; the tool beside the faulty one was let finish.
      await expectNoRepeats({ modelCalls: handler === "declined" ? 1 : 2 });
    },
  );

  test.each([["flaky"], ["flakyBehindTool"]])(
    "any other error of a tool is Restate's to retry: %s",
    async (handler) => {
      expect(await call(handler, freshKey("run"))).toMatchObject({ body: { finalOutput: echoOf("Work") } });
      expect(await newErrors()).toMatchObject([{ message: expect.stringContaining("a bug that a deployment fixes") }]);
      expect(served.environment.model.calls).toHaveLength(handler === "flaky" ? 2 : 4);
    },
  );

  test.each([
    ["instructions", 1],
    ["needsApproval", 2],
    ["isEnabled", 1],
    ["onHandoff", 2],
    ["guardrail", 2],
    ["inputBuilder", 1],
  ])("what fails inside of an agent behind a tool: its %s", async (part, mostModelCalls) => {
    expect(await call(part)).toEqual(refused(418, /the card was declined/));
    expect(await newErrors()).toEqual([]);
    expect(served.environment.model.calls.length).toBeLessThanOrEqual(mostModelCalls);
  });

  test("an MCP server that fails is asked three times, and what is beside it once", async () => {
    const reply = await call("mcpFails");
    expect(reply).toMatchObject({
      status: 200,
      body: { tools: [expect.stringContaining("An error occurred"), echoOf("text")] },
    });
    expect(effects).toEqual(["mcp failure", "mcp failure", "mcp failure"]);
    expect(await newErrors()).toEqual([]);
    expect(served.environment.model.calls).toHaveLength(3);
  });

  test("a run in a step", async () => {
    expect(await call("inStep")).toEqual(refused(500, /durableRun in a closure of ctx.run.*call it outside/));
    await expectNoRepeats({ modelCalls: 1 });
  });

  test("a plain tool that an agent got after its first run", async () => {
    expect(await call("lateTool")).toEqual(refused(500, /tool plain of Late.*durableTool/));
  });

  test.each([
    ["all tools at once", "waits", 2],
    ["an agent behind a tool", "waitsInside", 1],
  ])("a cancellation, which stops %s", async (_, handler, sleeps) => {
    expect(await cancelWhenAsleep(handler, "", sleeps)).toMatchObject({ status: 409 });
    await expectNoRepeats({ modelCalls: 1 });
  });

  test("an errorFunction may show the model an error", async () => {
    const tools = ["shown to the model: nothing found"];
    expect(await call("forgiving")).toEqual({ status: 200, body: { tools, finalOutput: echoOf("Work") } });
  });

  test("too many turns", async () => {
    expect(await call("turns")).toEqual(refused(500, /^Worker: Max turns \(1\) exceeded \(MaxTurnsExceededError\)/));
    await expectNoRepeats({ modelCalls: 1 });
  });

  test("a tripwire of an input guardrail", async () => {
    expect(await call("guardrails", "Say what is forbidden")).toEqual(refused(400, /^Guarded: .*Tripwire/));
  });

  test("a tripwire of an output guardrail", async () => {
    expect(await call("guardrails", "Say what is unspeakable")).toEqual(refused(500, /^Guarded: .*Tripwire/));
  });

  test("a model that can't be had to answer", async () => {
    served.environment.model.addFault({
      match: ({ prompt }) => prompt === "text",
      fault: { kind: "status", status: 403 },
    });
    expect(await call("nested", freshKey("run"))).toEqual(refused(403, /^(left|right): the model answered 403/));
    // One for Outer and one for each agent behind a tool; the answer of Outer's second turn is never asked for.
    await expectNoRepeats({ modelCalls: 3 });
  });
});

describe("what the journal holds", () => {
  test("the usage adds up", async () => {
    const { body } = await call("usage");
    const [asked] = served.environment.model.calls;
    expect(body).toEqual({
      requests: 1,
      inputTokens: asked?.inputTokens,
      outputTokens: asked?.outputTokens,
      totalTokens: (asked?.inputTokens ?? 0) + (asked?.outputTokens ?? 0),
    });
  });

  test("of a response, what the SDK goes on with, and nothing of the raw one", async () => {
    const id = await served.send("usage");
    await served.environment.ingress.attach(id);
    const [entry] = await served.environment.server.query<{ raw: string }>(
      `SELECT raw FROM sys_journal WHERE id = '${id}' AND entry_type = 'Notification: Run'`,
    );
    const json =
      Buffer.from(entry?.raw ?? "", "hex")
        .toString()
        .match(/\{"answer".*/)?.[0] ?? "";
    const { answer } = JSON.parse(json) as { answer: object };
    expect(Object.keys(answer).toSorted()).toEqual(["output", "responseId", "usage"]);
    expect(json).not.toMatch(/"object":"response"|"created_at"|"model"/);
  });

  test("nothing was traced, though tracing is on", () => {
    expect(process.env.OPENAI_AGENTS_DISABLE_TRACING).toBeUndefined();
    expect(traced).toEqual([]);
  });
});

test("the SDK's own runner and tools fail", async () => {
  const errors = await errorsOf("withoutLibrary", freshKey("run"));
  expect(errors).toMatch(/awaitNext already pending|Found a mismatch/);
});

testRandomKills({
  services: join(import.meta.dirname, "services.ts"),
  calls: Array(5).fill("Agents/nested"),
  effects: 5 * 16,
  steps: 5 * (16 + 6),
  modelCalls: 5 * 6,
  inFlight: 5 * 4,
  reply: { status: 200, body: { ...bothEchoes, requests: 6 } },
});
