import type { RunningSubject } from "@durable-agents/compare";
import { patterns } from "@durable-agents/compare";
import { callPath, exampleRequest, freshKey, type Reply, waitFor } from "@durable-agents/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advance, start, strike } from "./crash.ts";

/** Each pattern, with its answer when nothing happens. */
const answers = new Map<string, Reply>();

describe.each(["langgraph-plain", "langgraph-async", "langgraph-sync"])("%s", (name) => {
  let running: RunningSubject;
  beforeAll(async () => {
    running = await start(name);
    for (const { name, request } of patterns) {
      answers.set(name, await running.client.call(callPath(request, freshKey("session")), request.body));
    }
  }, 60_000);
  afterAll(() => running?.[Symbol.asyncDispose]());

  const killService = async () => {
    await running.service?.kill();
    await running.service?.restart();
  };

  // Every moment with the default; with the others the one in the middle, where some branches are done and one is not.
  const moments = patterns.flatMap(({ name: pattern, request }) =>
    name === "langgraph-async"
      ? Array.from({ length: request.modelCalls }, (_, completed) => ({ pattern, request, completed }))
      : [{ pattern, request, completed: request.modelCalls - 2 }],
  );

  test.each(moments)(
    "$pattern, killed after $completed completed calls and asked again",
    { timeout: 60_000 },
    async ({ pattern, request, completed }) => {
      const underway = await advance(running, request, completed);
      const struck = await strike(running, underway, killService);
      expect(struck.reply).toEqual(answers.get(pattern));
      expect(struck.inFlight.length).toBeGreaterThan(0);
      expect(struck.repeatedInFlight).toHaveLength(struck.inFlight.length);
      expect(struck.repeatedCompleted).toHaveLength(name === "langgraph-plain" ? completed : 0);
      expect(struck.calls).toHaveLength(
        request.modelCalls + struck.repeatedInFlight.length + struck.repeatedCompleted.length,
      );
      // What is finished now stays finished.
      const before = running.model.calls.length;
      expect(await underway.askAgain()).toEqual(struck.reply);
      expect(running.model.calls).toHaveLength(before);
    },
  );
});

describe("a session that was stopped", () => {
  let running: RunningSubject;
  beforeAll(async () => {
    running = await start("langgraph-async");
  }, 60_000);
  afterAll(() => running?.[Symbol.asyncDispose]());

  const medical = exampleRequest("session-medical");

  /** Answers a first claim, and has the process killed while the model is asked about a second one. */
  async function stopSecondClaim() {
    const { client, model, service } = running;
    const path = callPath(medical, freshKey("session"));
    const ask = (idempotencyKey: string) => client.call(path, medical.body, { idempotencyKey });
    const [first, second, third] = [freshKey("key"), freshKey("key"), freshKey("key")];
    const firstReply = await ask(first);
    model.reset();
    model.hold();
    const disconnected = expect(ask(second)).rejects.toThrow();
    await waitFor("the specialist is asked", () => model.held.length === 1);
    await service?.kill();
    await disconnected;
    await service?.restart();
    model.stopHolding();
    return { ask, keys: { first, second, third }, firstReply };
  }

  test("goes on with its claim, once, and still knows the answer to the one before", { timeout: 60_000 }, async () => {
    const { ask, keys, firstReply } = await stopSecondClaim();
    expect(await ask(keys.second)).toEqual({ status: 200, body: expect.stringContaining("claim 2 of this session") });
    expect(await ask(keys.first)).toEqual(firstReply);
    expect(await ask(keys.third)).toEqual({ status: 200, body: expect.stringContaining("claim 3 of this session") });
  });

  test("takes another claim, and then the one that was stopped from the beginning", { timeout: 60_000 }, async () => {
    const { ask, keys } = await stopSecondClaim();
    expect(await ask(keys.third)).toEqual({ status: 200, body: expect.stringContaining("claim 2 of this session") });
    expect(await ask(keys.second)).toEqual({ status: 200, body: expect.stringContaining("claim 3 of this session") });
  });
});

describe.each(["langgraph-async", "langgraph-sync"])("%s, PostgreSQL killed", (name) => {
  let running: RunningSubject;
  beforeAll(async () => {
    running = await start(name);
  }, 60_000);
  afterAll(() => running?.[Symbol.asyncDispose]());

  const research = exampleRequest("research-durable-execution");
  const undisturbed = async () => (await running.client.call(research.call, research.body)).body;

  test("and back before anything was to be stored: nobody notices", { timeout: 60_000 }, async () => {
    const { model, store } = running;
    const body = await undisturbed();
    const { reply } = await advance(running, research, 2);
    await store?.kill();
    await store?.restart();
    model.stopHolding();
    expect(await reply).toEqual({ status: 200, body });
    expect(model.calls).toHaveLength(research.modelCalls);
  });

  test("and away when something is to be stored: 500, and asking again goes on", { timeout: 60_000 }, async () => {
    const { model, store } = running;
    const body = await undisturbed();
    const { reply, askAgain, completed } = await advance(running, research, 2);
    await store?.kill();
    model.stopHolding();
    expect(await reply).toMatchObject({ status: 500 });
    expect(await askAgain()).toMatchObject({ status: 500 });
    await store?.restart();
    expect(await askAgain()).toEqual({ status: 200, body });
    const [plan, worker] = completed;
    for (const stored of [plan, worker]) {
      expect(model.calls.filter(({ key }) => key === stored?.key)).toHaveLength(1);
    }
  });

  test("and the process, too: asking again goes on", { timeout: 60_000 }, async () => {
    const { service, store } = running;
    const body = await undisturbed();
    const struck = await strike(running, await advance(running, research, 2), async () => {
      await Promise.all([service?.kill(), store?.kill()]);
      await Promise.all([service?.restart(), store?.restart()]);
    });
    expect(struck.reply).toEqual({ status: 200, body });
    expect(struck.repeatedCompleted).toEqual([]);
    expect(struck.repeatedInFlight).toHaveLength(struck.inFlight.length);
  });

  test("under load, while it stores: the process lives, and asking again answers", { timeout: 60_000 }, async () => {
    const { client, model, service, store } = running;
    const body = await undisturbed();
    model.reset();
    model.latency = () => Math.random() * 20;
    const pids = await service?.pids();
    const keys = Array.from({ length: 40 }, () => freshKey("key"));
    const ask = (idempotencyKey: string) => client.call(research.call, research.body, { idempotencyKey });
    const replies = keys.map(ask);
    await waitFor("the requests are under way", () => model.calls.length > keys.length);
    await store?.kill();
    const first = await Promise.all(replies);
    expect(first.map(({ status }) => status)).toContain(500);
    await store?.restart();
    expect(await Promise.all(keys.map(ask))).toEqual(keys.map(() => ({ status: 200, body })));
    expect(await service?.pids()).toEqual(pids);
    model.latency = 0;
  });
});
