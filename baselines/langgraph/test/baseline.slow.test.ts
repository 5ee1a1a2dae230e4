import { baselineTest, crashTest, type Running } from "@durable-agents/compare/baseline-test";
import {
  Activity,
  answerWithoutCrash,
  bringToCrashPoints,
  callPath,
  crashPointOf,
  freshKey,
  letGoOn,
  type RequestUnderWay,
  type UncrashedRequest,
  waitFor,
} from "@durable-agents/crash-harness";
import { exampleRequest, findPattern } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";

describe("langgraph-async", () => {
  const running = baselineTest("langgraph-async");
  databaseAway(running);
  stoppedSession(running);
});

describe("langgraph-sync", () => {
  // It differs in when it writes, so the kill that reaches the database, too, tells enough.
  const running = crashTest("langgraph-sync", { targets: ["both"] });
  databaseAway(running);
});

describe("langgraph-plain", () => {
  crashTest("langgraph-plain");
});

function databaseAway(running: Running): void {
  test("PostgreSQL away when something is to be stored: 500, and a retry goes on", async () => {
    const system = running();
    const { request, inFlight } = findPattern("orchestrator-worker");
    const [uncrashed] = await answerWithoutCrash(system, [{ ...request, inFlight }]);
    // The plan and a worker's answer are stored; two workers wait for theirs.
    const [underWay] = (await bringToCrashPoints(system, [crashPointOf(uncrashed as UncrashedRequest, 2)])) as [
      RequestUnderWay,
    ];
    const { client, completed } = underWay;
    await system.server?.kill();
    letGoOn(system);
    expect(await client.ended).toMatchObject({ status: 500 });
    await system.server?.restart();
    expect(await client.retry(new Activity(system), 3_000)).toMatchObject({ status: 200 });
    expect(completed).toHaveLength(2);
    for (const { key } of completed) expect(underWay.calls.filter((call) => call.key === key)).toHaveLength(1);
  });
}

function stoppedSession(running: Running): void {
  const medical = exampleRequest("session-medical");

  /** Answers a first claim, and has the process killed while the model is asked about a second one. */
  async function stopSecondClaim() {
    const { ingress, model, service } = running();
    const path = callPath(medical, freshKey("session"));
    const ask = (idempotencyKey: string) => ingress.call(path, medical.body, { idempotencyKey });
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
    test("goes on with its claim, once, and still knows the answer to the one before", async () => {
      const { ask, keys, firstReply } = await stopSecondClaim();
      expect(await ask(keys.second)).toEqual(claim(2));
      expect(await ask(keys.first)).toEqual(firstReply);
      expect(await ask(keys.third)).toEqual(claim(3));
    });

    test("takes another claim, and then the one that was stopped from the beginning", async () => {
      const { ask, keys } = await stopSecondClaim();
      expect(await ask(keys.third)).toEqual(claim(2));
      expect(await ask(keys.second)).toEqual(claim(3));
    });
  });
}
