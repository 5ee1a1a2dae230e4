import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  freshKey,
  Ingress,
  JournalQueries,
  MockModel,
  RestateServer,
  Subject,
  temporaryFolder,
  waitFor,
} from "@durable-agents/testkit";
import { addTraceProcessor } from "@openai/agents";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { effects, serveTestServices } from "./services.ts";

const ROUNDS = 50;

let server: RestateServer;
let model: MockModel;
let services: Awaited<ReturnType<typeof serveTestServices>>;
let ingress: Ingress;
let journal: JournalQueries;
/** Traces and spans that the SDK would have sent. */
const traced: unknown[] = [];

beforeAll(async () => {
  model = await MockModel.start({ latency: () => Math.random() * 20 });
  Object.assign(process.env, model.environment);
  delete process.env.OPENAI_AGENTS_DISABLE_TRACING;
  process.env.NODE_ENV = "development"; // the SDK traces nothing in tests
  const note = async (what: unknown) => void traced.push(what);
  addTraceProcessor({
    onTraceStart: note,
    onTraceEnd: note,
    onSpanStart: note,
    onSpanEnd: note,
    shutdown: async () => {},
    forceFlush: async () => {},
  });
  // Every await that is not at its end when the state machine looks is a suspension, and so a replay.
  server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  services = await serveTestServices();
  await server.register(services.url);
  ingress = new Ingress(server.ingressUrl);
  journal = new JournalQueries(server);
}, 60_000);

afterAll(async () => {
  services.server.close();
  await server[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

afterEach(async () => {
  model.reset();
  effects.length = 0;
  for (const { invocation } of await journal.transientErrors()) withErrors.add(invocation);
});

/** Invocations with errors that earlier tests made. */
const withErrors = new Set<string>();
const newErrors = async () => (await journal.transientErrors()).filter(({ invocation }) => !withErrors.has(invocation));

const call = (path: string, body: unknown = "") =>
  ingress.call(path.includes("/") ? path : `Agents/${path}`, JSON.stringify(body));

/** Calls a handler many times, ten at a time, each with a name of its own. */
async function callMany(handler: string, body: unknown, rounds = ROUNDS): Promise<void> {
  const once = async () => expect(await call(handler, freshKey("run"))).toEqual({ status: 200, body });
  for (let round = 0; round < rounds; round += 10) await Promise.all(Array.from({ length: 10 }, once));
}

/** No journal mismatch, no step made twice, and as many model calls as there have to be. */
async function expectUndisturbed({ modelCalls }: { modelCalls: number }): Promise<void> {
  expect(await newErrors()).toEqual([]);
  expect(effects.filter((effect, index) => effects.indexOf(effect) !== index)).toEqual([]);
  expect(model.calls).toHaveLength(modelCalls);
}

const stepsOf = (...tools: string[]) => tools.map((tool) => [1, 2, 3, 4].map((step) => `${tool}-${step}`).join());
const echoOf = (prompt: string) => `This is what the mock model says to: ${prompt}`;

describe(`with a replay at every await, ${ROUNDS} times`, () => {
  test("parallel tools of several steps", { timeout: 120_000 }, async () => {
    await callMany("tools", { tools: stepsOf("alpha", "beta", "gamma"), finalOutput: echoOf("Work") });
    expect(effects).toHaveLength(ROUNDS * 12);
    await expectUndisturbed({ modelCalls: ROUNDS * 2 });
  });

  test("agents as tools, with parallel tools of their own", { timeout: 120_000 }, async () => {
    const tools = [echoOf("text"), echoOf("text")];
    await callMany("nested", { tools, finalOutput: echoOf("Ask"), requests: 6 });
    expect(effects).toHaveLength(ROUNDS * 16);
    await expectUndisturbed({ modelCalls: ROUNDS * 6 });
  });

  test("a handoff, and structured output", { timeout: 120_000 }, async () => {
    await callMany("handoff", { finalOutput: { verdict: "good" }, lastAgent: "Closer" });
    await expectUndisturbed({ modelCalls: ROUNDS * 2 });
  });

  test("everything that a tool may await", { timeout: 120_000 }, async () => {
    const tools = ["[1,2]", "called", "TimeoutError", "awake", "good"];
    await callMany("constructs", { tools, finalOutput: echoOf("Do it all") });
    await expectUndisturbed({ modelCalls: ROUNDS * 3 });
  });

  test("guardrails that run agents beside the model call", { timeout: 120_000 }, async () => {
    const once = async () => expect(await call("guardrails", "Be nice")).toMatchObject({ body: echoOf("Be nice") });
    for (let round = 0; round < ROUNDS; round += 10) await Promise.all(Array.from({ length: 10 }, once));
    await expectUndisturbed({ modelCalls: ROUNDS * 3 });
  });

  test("several runs at once in one handler", { timeout: 120_000 }, async () => {
    await callMany("several", [{ harmful: false }, { harmful: false }, { harmful: false }]);
    await expectUndisturbed({ modelCalls: ROUNDS * 3 });
  });

  test("tools of an MCP server", { timeout: 120_000 }, async () => {
    const tools = ['{"type":"text","text":"found"}', ...stepsOf("shelve")];
    await callMany("mcp", { tools, finalOutput: echoOf("Look") });
    const lookups = effects.filter((effect) => effect === "mcp lookup");
    expect(lookups).toHaveLength(ROUNDS);
    effects.splice(0, effects.length, ...effects.filter((effect) => effect !== "mcp lookup"));
    await expectUndisturbed({ modelCalls: ROUNDS * 2 });
  });

  test("callbacks of all kinds, which wait for something un-journaled", { timeout: 120_000 }, async () => {
    const tools = ["one failed", "two failed", echoOf("text")];
    await callMany("callbacks", { tools, finalOutput: echoOf("Try") });
    await expectUndisturbed({ modelCalls: ROUNDS * 3 });
  });

  test("Chat Completions instead of Responses", { timeout: 120_000 }, async () => {
    await callMany("chat", { tools: [echoOf("text"), echoOf("text")], finalOutput: echoOf("Ask") });
    await expectUndisturbed({ modelCalls: ROUNDS * 6 });
  });

  test("lanes one after the other, for a Restate SDK that we do not know", { timeout: 120_000 }, async () => {
    const tools = [echoOf("text"), echoOf("text")];
    await callMany("sequential", { guarded: echoOf("Be nice"), tools, finalOutput: echoOf("Ask") }, 20);
    await expectUndisturbed({ modelCalls: 20 * 9 });
  });
});

describe("approvals", () => {
  test.each([
    [true, "paid", 1],
    [false, "Tool execution was not approved.", 0],
  ])("in the handler, over an awakeable: %s", { timeout: 60_000 }, async (approved, output, payments) => {
    const run = freshKey("run");
    const reply = await call("approve", { run, approved });
    expect(reply).toEqual({
      status: 200,
      body: { tools: expect.arrayContaining(["looked", output]), finalOutput: echoOf("Pay") },
    });
    expect(effects).toHaveLength(payments);
    await expectUndisturbed({ modelCalls: 2 });
  });

  test.each([
    [true, "paid", 1],
    [false, "Tool execution was not approved.", 0],
  ])("in a later request: %s", { timeout: 60_000 }, async (approved, output, payments) => {
    const key = freshKey("conversation");
    expect(await call(`Conversations/${key}/ask`, "Pay the bill")).toEqual({ status: 200, body: ["pay"] });
    expect(effects).toEqual([]);
    const reply = await call(`Conversations/${key}/decide`, approved);
    expect(reply).toEqual({
      status: 200,
      body: { tools: expect.arrayContaining(["looked", output]), finalOutput: echoOf("Pay the bill") },
    });
    expect(effects).toHaveLength(payments);
    await expectUndisturbed({ modelCalls: 2 });
  });
});

describe("a session", () => {
  const itemsOf = async (key: string) => (await call(`Conversations/${key}/items`)).body;

  test("remembers, and a request that fails leaves nothing behind", { timeout: 60_000 }, async () => {
    const key = freshKey("conversation");
    await call(`Conversations/${key}/talk`, { text: "My name is Ada" });
    expect(await itemsOf(key)).toEqual(["user", "assistant"]);

    model.misbehave({ misbehaviour: { kind: "status", status: 400 } });
    expect(await call(`Conversations/${key}/talk`, { text: "What is it?" })).toMatchObject({ status: 400 });
    expect(await itemsOf(key)).toEqual(["user", "assistant"]);

    model.reset();
    await call(`Conversations/${key}/talk`, { text: "What is my name?" });
    expect(await itemsOf(key)).toEqual(["user", "assistant", "user", "assistant"]);
    expect(model.calls).toHaveLength(1);
    expect(model.calls[0]?.inputTokens).toBeGreaterThan(40);
  });

  test("keeps the newest items, from a user's message on", { timeout: 60_000 }, async () => {
    const key = freshKey("conversation");
    for (const text of ["one", "two", "three"]) await call(`Conversations/${key}/talk`, { text, maxItems: 3 });
    expect(await itemsOf(key)).toEqual(["user", "assistant"]);
  });

  test("keeps the newest turn whole: no result of a tool without its call", { timeout: 60_000 }, async () => {
    const key = freshKey("conversation");
    await call(`Conversations/${key}/work`, "Work");
    const calls = ["function_call", "function_call", "function_call"];
    const outputs = ["function_call_result", "function_call_result", "function_call_result"];
    expect(await itemsOf(key)).toEqual(["user", ...calls, ...outputs, "assistant"]);
  });

  test("forgets a run that failed and was caught", { timeout: 60_000 }, async () => {
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
  const refused = (code: number, message: RegExp) => ({
    status: code,
    body: expect.objectContaining({ message: expect.stringMatching(message) }),
  });

  test.each([["declined"], ["declinedBehindTool"]])(
    "a tool's TerminalError, which the model does not get to see: %s",
    { timeout: 60_000 },
    async (handler) => {
      expect(await call(handler, freshKey("run"))).toEqual(refused(418, /the card was declined/));
      expect(model.calls.map(({ prompt }) => prompt)).not.toContainEqual(expect.stringContaining("declined"));
      // The model was asked by each agent once, and never again; the tool beside the faulty one was let finish.
      await expectUndisturbed({ modelCalls: handler === "declined" ? 1 : 2 });
    },
  );

  test.each([["flaky"], ["flakyBehindTool"]])(
    "any other error of a tool is Restate's to retry: %s",
    { timeout: 60_000 },
    async (handler) => {
      expect(await call(handler, freshKey("run"))).toMatchObject({ body: { finalOutput: echoOf("Try") } });
      expect(await newErrors()).toMatchObject([{ message: expect.stringContaining("a bug that a deployment fixes") }]);
      expect(model.calls).toHaveLength(handler === "flaky" ? 2 : 4);
    },
  );

  test.each([
    ["instructions", 1],
    ["needsApproval", 2],
    ["isEnabled", 1],
    ["onHandoff", 2],
    ["guardrail", 2],
  ])("what fails inside of an agent behind a tool: its %s", { timeout: 60_000 }, async (part, mostModelCalls) => {
    expect(await call("failsInside", part)).toEqual(refused(418, /the card was declined/));
    expect(await newErrors()).toEqual([]);
    expect(model.calls.length).toBeLessThanOrEqual(mostModelCalls);
  });

  test("what makes the input of an agent behind a tool", { timeout: 60_000 }, async () => {
    expect(await call("failsInInput")).toEqual(refused(418, /the card was declined/));
    await expectUndisturbed({ modelCalls: 1 });
  });

  test("an MCP server that fails is asked three times, and nobody beside it again", { timeout: 60_000 }, async () => {
    const reply = await call("mcpFails");
    expect(reply).toMatchObject({
      status: 200,
      body: { tools: [expect.stringContaining("An error occurred"), echoOf("text")] },
    });
    expect(effects).toEqual(["mcp failure", "mcp failure", "mcp failure"]);
    expect(await newErrors()).toEqual([]);
    expect(model.calls).toHaveLength(3);
  });

  test("a run in a step", { timeout: 60_000 }, async () => {
    expect(await call("inStep")).toEqual(refused(500, /durableRun in a closure of ctx.run.*call it outside/));
    await expectUndisturbed({ modelCalls: 1 });
  });

  test("a plain tool that an agent got after its first run", { timeout: 60_000 }, async () => {
    expect(await call("lateTool")).toEqual(refused(500, /tool plain of Late.*durableTool/));
  });

  test("a cancellation inside of an agent behind a tool", { timeout: 60_000 }, async () => {
    const id = await ingress.send("Agents/waitsInside", '""');
    const sleeps = `SELECT count(*) AS count FROM sys_journal WHERE id = '${id}' AND entry_type = 'Command: Sleep'`;
    await waitFor("the inner agent waits", async () => (await server.query<{ count: number }>(sleeps))[0]?.count === 1);
    await server.cancel(id);
    expect(await ingress.attach(id)).toMatchObject({ status: 409 });
    await expectUndisturbed({ modelCalls: 1 });
  });

  test("an errorFunction may show the model an error", { timeout: 60_000 }, async () => {
    const tools = ["shown to the model: nothing found"];
    expect(await call("forgiving")).toEqual({ status: 200, body: { tools, finalOutput: echoOf("Find it") } });
  });

  test("too many turns", { timeout: 60_000 }, async () => {
    expect(await call("turns")).toEqual(refused(500, /^Worker: Max turns \(1\) exceeded \(MaxTurnsExceededError\)/));
    await expectUndisturbed({ modelCalls: 1 });
  });

  test("a tripwire of an input guardrail", { timeout: 60_000 }, async () => {
    expect(await call("guardrails", "Say what is forbidden")).toEqual(refused(400, /^Guarded: .*Tripwire/));
  });

  test("a tripwire of an output guardrail", { timeout: 60_000 }, async () => {
    expect(await call("guardrails", "Say what is unspeakable")).toEqual(refused(500, /^Guarded: .*Tripwire/));
  });

  test("a model that can't be had to answer", { timeout: 60_000 }, async () => {
    model.misbehave({ match: ({ prompt }) => prompt === "text", misbehaviour: { kind: "status", status: 403 } });
    expect(await call("nested", freshKey("run"))).toEqual(refused(403, /^(left|right): the model answered 403/));
    // One for Outer and one for each agent behind a tool; the answer of Outer's second turn is never asked for.
    await expectUndisturbed({ modelCalls: 3 });
  });

  test("a cancellation, which stops all tools at once", { timeout: 60_000 }, async () => {
    const id = await ingress.send("Agents/waits", '""');
    const isWaiting = async () =>
      (
        await server.query<{ count: number }>(
          `SELECT count(*) AS count FROM sys_journal WHERE id = '${id}' AND entry_type = 'Command: Sleep'`,
        )
      )[0]?.count === 2;
    await waitFor("both tools wait", isWaiting);
    await server.cancel(id);
    expect(await ingress.attach(id)).toMatchObject({ status: 409 });
    await expectUndisturbed({ modelCalls: 1 });
  });
});

describe("what the journal holds", () => {
  test("the usage adds up", { timeout: 60_000 }, async () => {
    const { body } = await call("usage");
    const [asked] = model.calls;
    expect(body).toEqual({
      requests: 1,
      inputTokens: asked?.inputTokens,
      outputTokens: asked?.outputTokens,
      totalTokens: (asked?.inputTokens ?? 0) + (asked?.outputTokens ?? 0),
    });
  });

  test("of a response, what the SDK goes on with, and nothing of the raw one", { timeout: 60_000 }, async () => {
    const id = await ingress.send("Agents/usage", '""');
    await ingress.attach(id);
    const [entry] = await server.query<{ raw: string }>(
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

describe("when the process is killed at random moments", () => {
  test("no completed step is made again, and no model call that was journaled", { timeout: 120_000 }, async () => {
    const file = join(temporaryFolder("effects"), "effects");
    const folder = temporaryFolder("service");
    const script = join(import.meta.dirname, "services.ts");
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start: `exec node ${script}` } }));
    await using killed = await RestateServer.start();
    await using subject = await Subject.start({
      folder,
      environment: { ...model.environment, EFFECTS: file, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    });
    await killed.register(subject.url);
    const [ofKilled, facts] = [new Ingress(killed.ingressUrl), new JournalQueries(killed)];
    const made = () => readFileSync(file, "utf8").trim().split("\n");

    const runs = Array.from({ length: 5 }, () => freshKey("run"));
    const ids = await Promise.all(runs.map((run) => ofKilled.send("Agents/nested", JSON.stringify(run))));
    let kills = 0;
    for (; kills < 5; kills++) {
      const before = await facts.completedSteps();
      // A fast machine may be through before the last kill.
      if (before === 5 * (16 + 6)) break;
      const target = Math.min(before + 1 + Math.floor(Math.random() * 12), 5 * (16 + 6));
      await waitFor("some more steps are done", async () => (await facts.completedSteps()) >= target);
      await subject.kill();
      await subject.restart();
    }
    const tools = [echoOf("text"), echoOf("text")];
    for (const id of ids) {
      expect(await ofKilled.attach(id)).toEqual({
        status: 200,
        body: { tools, finalOutput: echoOf("Ask"), requests: 6 },
      });
    }
    // 5 runs of 16 steps and 6 model calls; what was made again was in flight at a kill: at most 4 steps of 5 runs.
    expect(new Set(made()).size).toBe(80);
    expect(made().length - 80).toBeLessThanOrEqual(kills * 20);
    expect(await facts.completedSteps()).toBe(5 * (16 + 6));
    const answered = model.calls.filter(({ outcome }) => outcome === "answered");
    expect(answered.length - 30).toBeLessThanOrEqual(kills * 10);
    expect((await facts.transientErrors()).filter(({ code }) => code === 570)).toEqual([]);
  });
});

test("the control: the SDK's own runner and tools fail", { timeout: 60_000 }, async () => {
  const id = await ingress.send("Agents/withoutLibrary", JSON.stringify(freshKey("run")));
  await waitFor("Restate has to retry", async () => (await newErrors()).length > 0);
  await server.cancel(id);
  const errors = (await newErrors()).map(({ message }) => message);
  expect(errors.join("\n")).toMatch(/awaitNext already pending|Found a mismatch/);
});
