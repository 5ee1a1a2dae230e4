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
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { effects, serveTestServices } from "./services.ts";

const ROUNDS = 50;

let server: RestateServer;
let model: MockModel;
let services: Awaited<ReturnType<typeof serveTestServices>>;
let ingress: Ingress;
let journal: JournalQueries;

beforeAll(async () => {
  model = await MockModel.start({ latency: () => Math.random() * 20 });
  Object.assign(process.env, model.environment);
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
  ingress.call(path.includes("/") ? path : `Graphs/${path}`, JSON.stringify(body));

/** Calls a handler many times, ten at a time, each with a name of its own. */
async function callMany(handler: string, body: unknown, rounds = ROUNDS): Promise<void> {
  const once = async () => expect(await call(handler, freshKey("run"))).toEqual({ status: 200, body });
  for (let round = 0; round < rounds; round += 10) await Promise.all(Array.from({ length: 10 }, once));
}

/** No journal mismatch, no step made twice, and as many model calls as there have to be. */
async function expectUndisturbed({ modelCalls, steps }: { modelCalls: number; steps?: number }): Promise<void> {
  expect(await newErrors()).toEqual([]);
  expect(effects.filter((effect, index) => effects.indexOf(effect) !== index)).toEqual([]);
  if (steps !== undefined) expect(effects).toHaveLength(steps);
  expect(model.calls).toHaveLength(modelCalls);
}

const stepsOf = (...names: string[]) => names.map((name) => [1, 2, 3, 4].map((step) => `${name}-${step}`).join());
const echoOf = (prompt: string) => `This is what the mock model says to: ${prompt}`;

describe(`with a replay at every await, ${ROUNDS} times`, () => {
  test("parallel branches of several steps, and a model call beside them", { timeout: 120_000 }, async () => {
    const found = [...stepsOf("alpha"), echoOf("Ask beside them"), ...stepsOf("beta")];
    await callMany("branches", { found: expect.arrayContaining(found), said: echoOf("Sum up 3") });
    await expectUndisturbed({ modelCalls: ROUNDS * 2, steps: ROUNDS * 8 });
  });

  test("Send, to workers in parallel", { timeout: 120_000 }, async () => {
    const found = ["text", "text", "text", ...stepsOf("a", "b", "c")];
    await callMany("fanOut", { found, said: echoOf("Sum up 6") });
    await expectUndisturbed({ modelCalls: ROUNDS * 2, steps: ROUNDS * 12 });
  });

  test("Command, by a structured answer", { timeout: 120_000 }, async () => {
    await callMany("routed", { found: [], said: stepsOf("left")[0] });
    await expectUndisturbed({ modelCalls: ROUNDS, steps: ROUNDS * 4 });
  });

  test("subgraphs, as a node and inside of one", { timeout: 120_000 }, async () => {
    await callMany("nested", { found: expect.arrayContaining(stepsOf("alpha", "c")), said: echoOf("Sum up 4") });
    await expectUndisturbed({ modelCalls: ROUNDS * 5, steps: ROUNDS * 20 });
  });

  test("tasks of the functional API", { timeout: 120_000 }, async () => {
    await callMany("functional", { found: stepsOf("one", "two", "three"), said: echoOf("Sum up") });
    await expectUndisturbed({ modelCalls: ROUNDS, steps: ROUNDS * 12 });
  });

  test("createAgent, with parallel tools", { timeout: 120_000 }, async () => {
    await callMany("agent", { tools: stepsOf("alpha", "beta", "gamma"), said: echoOf("Work") });
    await expectUndisturbed({ modelCalls: ROUNDS * 2, steps: ROUNDS * 12 });
  });

  test("a ToolNode, with parallel tools", { timeout: 120_000 }, async () => {
    await callMany("toolNode", { tools: stepsOf("beside", "other"), said: echoOf("Work") });
    await expectUndisturbed({ modelCalls: ROUNDS * 2, steps: ROUNDS * 8 });
  });

  test("everything that a tool may await", { timeout: 120_000 }, async () => {
    const tools = ["[1,2]", "called", "awake", echoOf("From a tool")];
    await callMany("constructs", { tools, said: echoOf("Do it all") });
    await expectUndisturbed({ modelCalls: ROUNDS * 3 });
  });

  test("several graphs at once in one handler", { timeout: 120_000 }, async () => {
    await callMany("several", [3, 6]);
    await expectUndisturbed({ modelCalls: ROUNDS * 4, steps: ROUNDS * 20 });
  });

  test("interrupts, each an awakeable", { timeout: 120_000 }, async () => {
    const said = JSON.stringify({ said: echoOf("Draft") });
    const found = [`yes to ${said}`, 'yes to "and this?"'];
    await callMany("interrupts", { found: expect.arrayContaining(found), said: echoOf("Sum up 2") });
    await expectUndisturbed({ modelCalls: ROUNDS * 2 });
  });

  test("chains, lambdas and agents with middleware as branches", { timeout: 120_000 }, async () => {
    await callMany("otherBranches", { found: 2, parallel: ["a", "b"] });
    // lambda, first, second, a, b, and two agents of four steps and two turns each
    expect(await newErrors()).toEqual([]);
    expect(effects).toHaveLength(ROUNDS * (5 * 4 + 2 * (4 + 2)));
    expect(model.calls).toHaveLength(ROUNDS * 4);
  });

  test("lanes one after the other, for a Restate SDK that we do not know", { timeout: 120_000 }, async () => {
    await callMany(
      "sequential",
      { found: expect.arrayContaining(stepsOf("alpha", "beta")), said: echoOf("Sum up 3") },
      20,
    );
    await expectUndisturbed({ modelCalls: 20 * 2, steps: 20 * 8 });
  });
});

describe("what ends a run", () => {
  const refused = (code: number, message: RegExp) => ({
    status: code,
    body: expect.objectContaining({ message: expect.stringMatching(message) }),
  });

  test.each([
    ["declinedInNode", 0],
    ["declinedInTool", 1],
    ["declinedInAgent", 1],
    ["declinedInChain", 1],
  ])("a TerminalError, which no model gets to see: %s", { timeout: 60_000 }, async (handler, modelCalls) => {
    expect(await call(handler, freshKey("run"))).toEqual(refused(418, /the card was declined/));
    await expectUndisturbed({ modelCalls });
  });

  test("other errors of tools are shown to the model, as LangGraph does it", { timeout: 60_000 }, async () => {
    const reply = await call("shown", freshKey("run"));
    expect(reply).toMatchObject({
      status: 200,
      body: { tools: [stepsOf("beside")[0], expect.stringContaining("nothing found")] },
    });
    await expectUndisturbed({ modelCalls: 2 });
  });

  test("too many steps", { timeout: 60_000 }, async () => {
    expect(await call("endless")).toEqual(refused(500, /Recursion limit of 5.*GraphRecursionError/s));
  });

  test("an interrupt that nobody hears of", { timeout: 60_000 }, async () => {
    expect(await call("interruptsUnheard", freshKey("run"))).toEqual(refused(500, /interrupt\(\).*onInterrupt/));
  });

  test.each([
    ["streamed", /model.stream\(\) is not supported.*await/],
    ["withRetry", /withRetry\(\) is not supported.*durableInvoke/],
    ["saverInside", /checkpointer of .*RestateMessages/],
  ])("what can't be made durable, where it is called: %s", { timeout: 60_000 }, async (handler, message) => {
    expect(await call(handler, freshKey("run"))).toEqual(refused(500, message));
    await expectUndisturbed({ modelCalls: 0 });
  });

  test("not a model's error that a node catches, or has a fallback for", { timeout: 60_000 }, async () => {
    model.misbehave({ misbehaviour: { kind: "status", status: 403 } });
    expect(await call("caught")).toMatchObject({ status: 200, body: { said: "the fallback, caught" } });
    await expectUndisturbed({ modelCalls: 2 });
  });

  test("a model that retries by itself", { timeout: 60_000 }, async () => {
    expect(await call("retrying")).toEqual(refused(500, /retries 2 times by itself.*maxRetries: 0/));
    await expectUndisturbed({ modelCalls: 0 });
  });

  test("a model that can't be had to answer; the error names the agent, or the node", { timeout: 60_000 }, async () => {
    model.misbehave({ misbehaviour: { kind: "status", status: 403 } });
    expect(await call("named")).toEqual(refused(403, /^Ada: the model answered 403/));
    expect(await call("routed", "run")).toEqual(refused(403, /^route: the model answered 403/));
    await expectUndisturbed({ modelCalls: 2 });
  });

  test("a cancellation, which stops all branches at once", { timeout: 60_000 }, async () => {
    const id = await ingress.send("Graphs/waits", '""');
    const sleeps = `SELECT count(*) AS count FROM sys_journal WHERE id = '${id}' AND entry_type = 'Command: Sleep'`;
    await waitFor("both branches wait", async () => (await server.query<{ count: number }>(sleeps))[0]?.count === 2);
    await server.cancel(id);
    expect(await ingress.attach(id)).toMatchObject({ status: 409 });
    await expectUndisturbed({ modelCalls: 0 });
  });
});

describe("an answer that does not fit is asked for again", () => {
  test.each<[string, string, object, RegExp]>([
    ["a wrong enum", "routed", { object: { goto: "up" } }, /goto/],
    ["broken JSON", "routed", { text: '{"goto' }, /JSON/],
    ["a refusal", "branches", { text: "No", finishReason: "content_filter" }, /refus/],
    ["a cut-off answer", "branches", { text: "If", finishReason: "length" }, /cut off/],
    [
      "an unknown tool",
      "agent",
      { toolCalls: [{ name: "delta", input: {} }] },
      /calls delta; there are the tools alpha/,
    ],
    ["broken arguments", "agent", { toolCalls: [{ name: "alpha", input: '{"a"' }] }, /alpha/],
  ])("%s", { timeout: 60_000 }, async (_, handler, answer, message) => {
    const misbehaviour = { kind: "answer" as const, answer: answer as never };
    model.misbehave({ times: 1, misbehaviour });
    expect(await call(handler, freshKey("run"))).toMatchObject({ status: 200 });
    model.reset();
    model.misbehave({ misbehaviour });
    const reply = await call(handler, freshKey("run"));
    expect(reply).toEqual({ status: 502, body: expect.objectContaining({ message: expect.stringMatching(message) }) });
    expect(await newErrors()).toEqual([]);
  });
});

test("a model that is asked in a step is a part of it", { timeout: 60_000 }, async () => {
  expect(await call("modelInStep")).toMatchObject({ status: 200, body: { said: echoOf("inside") } });
  await expectUndisturbed({ modelCalls: 1 });
});

test("the Responses API instead of Chat Completions", { timeout: 60_000 }, async () => {
  expect(await call("responses")).toEqual({ status: 200, body: echoOf("Over the Responses API") });
  await expectUndisturbed({ modelCalls: 1 });
});

describe("a conversation", () => {
  const typesOf = async (key: string) => (await call(`Conversations/${key}/types`)).body;

  test("is remembered, and a request that fails leaves nothing behind", { timeout: 60_000 }, async () => {
    const key = freshKey("conversation");
    await call(`Conversations/${key}/talk`, { text: "My name is Ada" });
    expect(await typesOf(key)).toEqual(["human", "ai"]);
    model.misbehave({ misbehaviour: { kind: "status", status: 400 } });
    expect(await call(`Conversations/${key}/talk`, { text: "What is it?" })).toMatchObject({ status: 400 });
    expect(await typesOf(key)).toEqual(["human", "ai"]);
    model.reset();
    await call(`Conversations/${key}/talk`, { text: "What is my name?" });
    expect(await typesOf(key)).toEqual(["human", "ai", "human", "ai"]);
    expect(model.calls[0]?.inputTokens).toBeGreaterThan(40);
    await expectUndisturbed({ modelCalls: 1 });
  });

  test("is saved alike at each replay, also what no model has said", { timeout: 60_000 }, async () => {
    const reply = await call(`Conversations/${freshKey("conversation")}/reply`);
    expect(reply).toEqual({ status: 200, body: ["By no model"] });
    expect(await newErrors()).toEqual([]);
  });

  test("keeps the newest messages, from a user's on", { timeout: 60_000 }, async () => {
    const key = freshKey("conversation");
    for (const text of ["one", "two", "three"]) await call(`Conversations/${key}/talk`, { text, maxMessages: 3 });
    expect(await typesOf(key)).toEqual(["human", "ai"]);
    const reply = await call(`Conversations/${freshKey("conversation")}/talk`, { text: "one", maxMessages: 0.5 });
    expect(JSON.stringify(reply.body)).toMatch(/whole number of messages above 0, not maxMessages: 0.5/);
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

    const handlers = ["nested", "agent"].flatMap((handler) => [handler, handler, handler]);
    const ids = await Promise.all(
      handlers.map((handler) => ofKilled.send(`Graphs/${handler}`, JSON.stringify(freshKey("run")))),
    );
    let kills = 0;
    for (; kills < 4; kills++) {
      const before = await facts.completedSteps();
      // A fast machine may be through before the last kill.
      if (before === 3 * (20 + 5) + 3 * (12 + 2)) break;
      const target = Math.min(before + 1 + Math.floor(Math.random() * 12), 3 * (20 + 5) + 3 * (12 + 2));
      await waitFor("some more steps are done", async () => (await facts.completedSteps()) >= target);
      await subject.kill();
      await subject.restart();
    }
    for (const id of ids) expect(await ofKilled.attach(id)).toMatchObject({ status: 200 });
    // 3 times 20 and 12 steps; what was made again was in flight at a kill: at most 5 of each of 6 runs.
    expect(new Set(made()).size).toBe(96);
    expect(made().length - 96).toBeLessThanOrEqual(kills * 30);
    expect(await facts.completedSteps()).toBe(3 * (20 + 5) + 3 * (12 + 2));
    expect((await facts.transientErrors()).filter(({ code }) => code === 570)).toEqual([]);
  });
});

test("the control: LangGraph by itself fails", { timeout: 60_000 }, async () => {
  const id = await ingress.send("Graphs/withoutLibrary", JSON.stringify(freshKey("run")));
  await waitFor("Restate has to retry", async () => (await newErrors()).length > 0);
  await server.cancel(id);
  const errors = (await newErrors()).map(({ message }) => message);
  expect(errors.join("\n")).toMatch(/awaitNext already pending|Found a mismatch/);
});
