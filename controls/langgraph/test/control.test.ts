import { findPattern, freshMark, marked, type StruckRequest, sendToCrashPoints } from "@durable-agents/compare";
import { controlTest, crashTest, type Running } from "@durable-agents/compare/control-test";
import { callPath, exampleRequest, freshKey, waitFor } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";

describe("langgraph-async", () => {
  const running = controlTest("langgraph-async");
  databaseAway(running);
  stoppedSession(running);
});

describe("langgraph-sync", () => {
  // It differs in when it writes, so the kill that reaches the database, too, tells enough.
  const running = crashTest("langgraph-sync", { disasters: ["both"] });
  databaseAway(running);
});

describe("langgraph-plain", () => {
  crashTest("langgraph-plain");
});

function databaseAway(running: Running): void {
  test("PostgreSQL away when something is to be stored: 500, and asking again goes on", {
    timeout: 60_000,
  }, async () => {
    const { model, store } = running();
    const pattern = findPattern("orchestrator-worker");
    const mark = freshMark();
    // The plan and a worker's answer are stored; two workers wait for theirs.
    const target = { request: marked(pattern, mark), mark, crashPoint: 2, inFlight: pattern.inFlight };
    const [request] = (await sendToCrashPoints(running(), [target])) as [StruckRequest];
    const { caller, completed } = request;
    await store?.kill();
    model.stopHolding();
    await waitFor("the caller hears of it", () => caller.first !== undefined);
    expect(caller.first).toMatchObject({ status: 500 });
    await store?.restart();
    expect(await caller.askAgain()).toMatchObject({ status: 200 });
    expect(completed).toHaveLength(2);
    for (const { key } of completed) expect(request.calls.filter((call) => call.key === key)).toHaveLength(1);
  });
}

function stoppedSession(running: Running): void {
  const medical = exampleRequest("session-medical");

  /** Answers a first claim, and has the process killed while the model is asked about a second one. */
  async function stopSecondClaim() {
    const { client, model, service } = running();
    const path = callPath(medical, freshKey("session"));
    const ask = (idempotencyKey: string) => client.call(path, medical.body, { idempotencyKey });
    const [first, second, third] = [freshKey("key"), freshKey("key"), freshKey("key")];
    const firstReply = await ask(first);
    model.hold();
    const disconnected = expect(ask(second)).rejects.toThrow();
    await waitFor("the specialist is asked", () => model.held.length === 1);
    await service?.kill();
    await disconnected;
    await service?.restart();
    model.stopHolding();
    return { ask, keys: { first, second, third }, firstReply };
  }
  const claim = (number: number) => ({
    status: 200,
    body: expect.stringContaining(`claim ${number} of this session`),
  });

  describe("a session that was stopped", () => {
    test("goes on with its claim, once, and still knows the answer to the one before", {
      timeout: 60_000,
    }, async () => {
      const { ask, keys, firstReply } = await stopSecondClaim();
      expect(await ask(keys.second)).toEqual(claim(2));
      expect(await ask(keys.first)).toEqual(firstReply);
      expect(await ask(keys.third)).toEqual(claim(3));
    });

    test("takes another claim, and then the one that was stopped from the beginning", { timeout: 60_000 }, async () => {
      const { ask, keys } = await stopSecondClaim();
      expect(await ask(keys.third)).toEqual(claim(2));
      expect(await ask(keys.second)).toEqual(claim(3));
    });
  });
}
