import {
  callPath,
  type ExampleRequest,
  exampleRequest,
  freshKey,
  type RecordedCall,
  releaseFirst,
  sortOut,
  waitFor,
} from "@durable-agents/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunningControl } from "./running-control.ts";

const requests = [
  "research-durable-execution",
  "claim-analysis",
  "router-billing",
  "multi-agent",
  "remote-agent",
  "session-medical",
  "team-software-feature",
].map(exampleRequest);

let control: RunningControl;
beforeAll(async () => {
  control = await RunningControl.start();
}, 60_000);
afterAll(() => control?.[Symbol.asyncDispose]());

/** The answer to a request that nothing happens to. */
async function undisturbed(request: ExampleRequest): Promise<unknown> {
  control.model.reset();
  return (await control.client.call(callPath(request, freshKey("session")), request.body)).body;
}

/** Sends a request and lets exactly `completed` answers be stored; the calls after them wait for theirs. */
async function advance(request: ExampleRequest, completed: number) {
  const { model, client } = control;
  model.reset();
  model.hold();
  const idempotencyKey = freshKey("key");
  const path = callPath(request, freshKey("session"));
  const ask = () => client.call(path, request.body, { idempotencyKey });
  const firstReply = ask().catch(() => undefined);
  const stored: RecordedCall[] = [];
  for (;;) {
    await standstill();
    if (stored.length === completed) return { ask, idempotencyKey, firstReply, stored };
    const [next] = model.held;
    const before = new Map([[next?.agent, 0]]);
    for (const { agent } of model.held) before.set(agent, await control.storedAnswers(agent));
    const call = releaseFirst(model);
    await waitFor(
      `the answer to ${call.agent} is stored`,
      async () => (await control.storedAnswers(call.agent)) > (before.get(call.agent) ?? 0),
    );
    stored.push(call);
  }
}

/** Waits until every call that can be made without a further answer is held, and nothing is being stored. */
async function standstill(): Promise<void> {
  let looks = 0;
  let last = "";
  await waitFor("everything waits for the model", async () => {
    const held = control.model.held.length;
    const now = `${held} ${await control.database.position()}`;
    looks = held > 0 && now === last ? looks + 1 : 0;
    last = now;
    return looks >= 5;
  });
}

const succeeded = (idempotencyKey: string) =>
  waitFor("the workflow has ended by itself", async () => (await control.statusOf(idempotencyKey)) === "SUCCESS", {
    timeout: 20_000,
  });

describe("after a SIGKILL it goes on by itself, and repeats only what was in flight", () => {
  const crashPoints = requests.flatMap((request) =>
    Array.from({ length: request.modelCalls }, (_, completed) => ({ name: request.name, completed, request })),
  );
  const untilNextCall: number[] = [];
  afterAll(() => {
    const sorted = untilNextCall.toSorted((a, b) => a - b);
    const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)];
    console.log(`From "the process is back" to the next model call: ${median} ms (${least} to ${most})`);
  });

  test.each(crashPoints)("$name, $completed calls completed", { timeout: 60_000 }, async ({ request, completed }) => {
    const { model, service } = control;
    const answer = await undisturbed(request);
    const { ask, idempotencyKey, stored } = await advance(request, completed);
    const held = model.held.length;
    await service.kill();
    await service.restart();
    const back = Date.now();
    model.stopHolding();
    await succeeded(idempotencyKey);

    const { calls, after, inFlight, repeatedCompleted } = sortOut(model.calls, stored);
    expect(inFlight).toHaveLength(held);
    expect(repeatedCompleted).toEqual([]);
    expect(calls).toHaveLength(request.modelCalls + held);
    untilNextCall.push((after[0] as RecordedCall).startedAt - back);

    expect(await ask()).toEqual({ status: 200, body: answer });
    expect(model.calls).toHaveLength(request.modelCalls + held);
  });
});

test("somebody who asks again before it goes on gets the answer of the same workflow", {
  timeout: 60_000,
}, async () => {
  const { model, service } = control;
  const request = exampleRequest("multi-agent");
  const answer = await undisturbed(request);
  const { ask } = await advance(request, 2);
  await service.kill();
  await service.restart();
  model.stopHolding();
  expect(await ask()).toEqual({ status: 200, body: answer });
  expect(model.calls).toHaveLength(request.modelCalls + 1);
});

describe("a database that is killed and comes back is waited for", () => {
  const all = requests.map((request) => ({ name: request.name, request }));

  test.each(all)("$name", { timeout: 60_000 }, async ({ request }) => {
    const { model, database } = control;
    const answer = await undisturbed(request);
    const { firstReply } = await advance(request, 1);
    const asked = model.calls.length;
    await database.kill();
    model.stopHolding();
    await waitFor("the answers have come", () => model.calls.slice(0, asked).every((it) => it.outcome === "answered"));
    await database.restart();
    // The caller has stayed, and no call is made twice: the answers wait in the process until they can be stored.
    expect(await firstReply).toEqual({ status: 200, body: answer });
    expect(model.calls).toHaveLength(request.modelCalls);
  });

  test("with the process killed as well", { timeout: 60_000 }, async () => {
    const { model, database, service } = control;
    const request = exampleRequest("claim-analysis");
    const answer = await undisturbed(request);
    const { ask, idempotencyKey } = await advance(request, 2);
    await Promise.all([database.kill(), service.kill()]);
    await database.restart();
    await service.restart();
    model.stopHolding();
    await succeeded(idempotencyKey);
    expect(await ask()).toEqual({ status: 200, body: answer });
    expect(model.calls).toHaveLength(request.modelCalls + 1);
  });
});

test("nothing is written while nothing happens", { timeout: 30_000 }, async () => {
  // PostgreSQL gives a number to each transaction that writes. (Its log may grow by itself, with notes of its own.)
  const transactions = async () => {
    const [row] = await control.database.query<{ next: string }>(
      "SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next",
    );
    return row?.next;
  };
  const commits = async () => {
    const [row] = await control.database.query<{ count: string }>(
      "SELECT xact_commit::text AS count FROM pg_stat_database WHERE datname = 'postgres'",
    );
    return Number(row?.count);
  };
  await undisturbed(exampleRequest("session-medical"));
  const [before, polls] = [await transactions(), await commits()];
  await waitFor("DBOS has looked a hundred times", async () => (await commits()) > polls + 100, {
    timeout: 20_000,
    interval: 500,
  });
  expect(await transactions()).toBe(before);
});
