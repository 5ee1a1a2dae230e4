import {
  Bench,
  callPath,
  exampleRequest,
  exampleRequests,
  freshKey,
  type Reply,
  repositoryRoot,
  waitFor,
} from "@durable-agents/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunningControl } from "./running-control.ts";

let control: RunningControl;
let reference: Bench;
beforeAll(async () => {
  control = await RunningControl.start();
  reference = await Bench.start({ folder: `${repositoryRoot}/packages/restate-only` });
}, 60_000);
afterAll(() => Promise.all([control, reference].map((it) => it?.[Symbol.asyncDispose]())));

describe("the same work as on Restate", () => {
  test.each(exampleRequests)("$name", { timeout: 20_000 }, async (request) => {
    const path = callPath(request, freshKey("session"));
    const expected = await reference.ingress.call(path, request.body);
    control.model.reset();
    expect(await control.client.call(path, request.body)).toEqual(expected);
    expect(expected.status).toBe(200);
    expect(control.model.calls).toHaveLength(request.modelCalls);
  });
});

describe("bad input is answered with 400, and nobody asks the model", () => {
  const claim = exampleRequest("claim-analysis").body;
  const team = exampleRequest("team-software-feature").body;
  test.each([
    ["ResearchReport/generate", {}, "topic"],
    ["ResearchReport/generate", "{", "JSON"],
    ["ResearchWorker/research", { question: "" }, "question"],
    ["ParallelAgentClaimApproval/run", { ...claim, amount: -1 }, "amount"],
    ["EligibilityAgent/run", { ...claim, date: "2024-13-01" }, "date"],
    ["RateComparisonAgent/run", { ...claim, amount: "3000" }, "amount"],
    ["FraudCheckAgent/run", { ...claim, reason: undefined }, "reason"],
    ["MultiAgentClaimApproval/run", { ...claim, category: " " }, "category"],
    ["RemoteAgentClaimApproval/run", { ...claim, placeOfService: 1 }, "placeOfService"],
    ["MultiAgentClaimSession/session123/run", { ...claim, amount: 1e12 }, "amount"],
    ["AgentRouter/answer", { message: "a".repeat(5_000) }, "message"],
    ["SpecialistTeam/run", { ...team, team: "nobody" }, "team"],
    ["SpecialistWorker/work", { ...team, worker: "editor", subtask: "Write", inputs: {} }, "worker"],
  ])("%s %j", async (path, body, field) => {
    control.model.reset();
    const reply = await control.client.call(path, body);
    expect(reply).toMatchObject({ status: 400, body: { message: expect.stringContaining(field) } });
    expect(control.model.calls).toHaveLength(0);
  });
});

test("equal idempotency keys, at once and later, make one workflow with one answer", async () => {
  const request = exampleRequest("claim-analysis");
  const idempotencyKey = freshKey("key");
  const ask = () => control.client.call(request.call, request.body, { idempotencyKey });
  control.model.reset();
  const replies = await Promise.all([ask(), ask(), ask()]);
  replies.push(await ask());
  for (const reply of replies) expect(reply).toEqual({ ...replies[0], status: 200 });
  expect(control.model.calls).toHaveLength(request.modelCalls);
});

test("the same key may be used for another handler", async () => {
  const idempotencyKey = freshKey("key");
  for (const name of ["claim-eligibility", "claim-fraud"]) {
    const { call, body } = exampleRequest(name);
    expect((await control.client.call(call, body, { idempotencyKey })).status).toBe(200);
  }
});

test("the requests of a session are served one at a time and remembered; sessions do not wait for each other", async () => {
  const { model, client, database } = control;
  const request = exampleRequest("session-medical");
  const [one, other] = [freshKey("session"), freshKey("session")];
  const statuses = async () => {
    const rows = await database.query<{ session: string; status: string }>(
      `SELECT queue_partition_key AS session, status FROM dbos.workflow_status
       WHERE queue_partition_key IN ('${one}', '${other}') ORDER BY created_at`,
    );
    return rows.map(({ session, status }) => `${session === one ? "one" : "other"}: ${status}`);
  };
  model.reset();
  model.hold();
  const replies: Promise<Reply>[] = [];
  for (const session of [one, one, other]) {
    replies.push(client.call(callPath(request, session), request.body));
    await waitFor("the request is stored", async () => (await statuses()).length === replies.length);
  }
  await waitFor("both sessions ask the model", () => model.held.length === 2);
  expect(await statuses()).toEqual(["one: PENDING", "one: ENQUEUED", "other: PENDING"]);

  model.stopHolding();
  const bodies = (await Promise.all(replies)).map(({ body }) => body);
  expect(bodies[0]).toContain("medical claim 1 of this session");
  expect(bodies[1]).toContain("medical claim 2 of this session");
  expect(bodies[2]).toBe(bodies[0]);
  // Who has been handed over stays with the specialist.
  expect(model.calls).toHaveLength(5);
});

test("parallel work is parallel", async () => {
  const latency = 300;
  control.model.latency = latency;
  try {
    for (const [name, criticalPath] of [
      ["research-renewable-energy", 3],
      ["claim-analysis", 2],
      ["multi-agent", 3],
      ["remote-agent", 3],
      ["team-software-feature", 5],
    ] as const) {
      const { call, body } = exampleRequest(name);
      const started = performance.now();
      await control.client.call(call, body);
      expect.soft((performance.now() - started) / latency, name).toBeLessThan(criticalPath + 0.9);
    }
  } finally {
    control.model.latency = 0;
  }
}, 20_000);
