import { Bench, callPath, exampleRequest, exampleRequests, freshKey, repositoryRoot } from "@durable-agents/testkit";
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
  const { model, client } = control;
  const request = exampleRequest("session-medical");
  const ask = (session: string) => client.call(callPath(request, session), request.body);
  const [one, other] = [freshKey("session"), freshKey("session")];
  model.reset();
  model.latency = 200;
  const replies = await Promise.all([ask(one), ask(one), ask(other)]).finally(() => {
    model.latency = 0;
  });

  const [first, second] = replies.map(({ body }) => String(body)).sort();
  expect(replies[2]?.body).toBe(first);
  expect(first).toContain("medical claim 1 of this session");
  expect(second).toContain("medical claim 1 of this session");
  expect(replies.map(({ body }) => String(body)).filter((body) => body.includes("claim 2 of"))).toHaveLength(1);
  // Two specialists of two sessions at the same time, never two of one.
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
