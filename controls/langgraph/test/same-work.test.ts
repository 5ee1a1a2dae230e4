import { join } from "node:path";
import { findSubjects, patterns, type RunningSubject } from "@durable-agents/compare";
import {
  Bench,
  callPath,
  exampleRequest,
  exampleRequests,
  freshKey,
  repositoryRoot,
  waitFor,
} from "@durable-agents/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { start } from "./crash.ts";

const names = ["langgraph-plain", "langgraph-async", "langgraph-sync"];

/** What the reference answers to each example request, and to one claim after the other in a session. */
const expected: Record<string, unknown> = {};
const expectedInSession: unknown[] = [];

/** More than a session remembers. */
const CLAIMS = 13;

beforeAll(async () => {
  await using reference = await Bench.start({ folder: join(repositoryRoot, "packages/restate-only") });
  const session = freshKey("session");
  const answer = async (path: string, body: unknown) => {
    const reply = await reference.ingress.call(path, body);
    expect(reply, path).toMatchObject({ status: 200 });
    return reply.body;
  };
  for (const request of exampleRequests) {
    expected[request.name] = await answer(callPath(request, freshKey("session")), request.body);
  }
  for (let claim = 0; claim < CLAIMS; claim++) {
    expectedInSession.push(await answer(callPath(medical, session), medical.body));
  }
}, 120_000);

const medical = exampleRequest("session-medical");

test("the manifest has the three systems, and the plain one is what the others' costs are compared with", () => {
  const infos = findSubjects().map(({ info }) => info);
  expect(infos.filter(({ name }) => names.includes(name)).map(({ name }) => name)).toEqual(names);
  const baselines = Object.fromEntries(infos.map(({ name, baseline }) => [name, baseline]));
  for (const name of ["langgraph", "langgraph-async", "langgraph-sync"])
    expect(baselines[name]).toBe("langgraph-plain");
});

describe.each(names)("%s", (name) => {
  let running: RunningSubject;
  beforeAll(async () => {
    running = await start(name);
  }, 60_000);
  afterAll(() => running?.[Symbol.asyncDispose]());

  test.each(exampleRequests)("$name: the reference's answer, with as many model calls", async (request) => {
    const { client, model } = running;
    model.reset();
    const reply = await client.call(callPath(request, freshKey("session")), request.body);
    expect(reply).toEqual({ status: 200, body: expected[request.name] });
    expect(model.calls).toHaveLength(request.modelCalls);
  });

  test("a session remembers its specialist, and as many claims as the reference", async () => {
    const { client, model } = running;
    const path = callPath(medical, freshKey("session"));
    model.reset();
    const answers: unknown[] = [];
    for (let claim = 0; claim < CLAIMS; claim++) answers.push((await client.call(path, medical.body)).body);
    expect(answers).toEqual(expectedInSession);
    expect(model.calls).toHaveLength(medical.modelCalls + CLAIMS - 1);
  });

  test.each([
    ["research-durable-execution", { topic: "" }, "topic"],
    ["claim-analysis", { amount: -1 }, "amount"],
    ["router-billing", { message: 3 }, "message"],
    ["session-medical", { date: "2024-13-01" }, "date"],
    ["team-software-feature", { team: "sales" }, "team"],
  ])("%s with %o is refused, naming the field", async (example, change, field) => {
    const { client, model } = running;
    const request = exampleRequest(example);
    model.reset();
    const reply = await client.call(callPath(request, freshKey("session")), { ...request.body, ...change });
    expect(reply).toMatchObject({ status: 400, body: { message: expect.stringContaining(field) } });
    expect(model.calls).toEqual([]);
  });

  test("a key that was answered is answered again, without a model call", async () => {
    const { client, model } = running;
    for (const { request } of patterns) {
      const [path, idempotencyKey] = [callPath(request, freshKey("session")), freshKey("key")];
      const first = await client.call(path, request.body, { idempotencyKey });
      model.reset();
      expect(await client.call(path, request.body, { idempotencyKey }), request.name).toEqual(first);
      expect(model.calls, request.name).toEqual([]);
    }
  });

  test("the same key twice at the same time is one run", async () => {
    const { client, model } = running;
    for (const { request } of patterns) {
      const [path, idempotencyKey] = [callPath(request, freshKey("session")), freshKey("key")];
      model.reset();
      const call = () => client.call(path, request.body, { idempotencyKey });
      const [first, second] = await Promise.all([call(), call()]);
      expect(second, request.name).toEqual(first);
      expect(model.calls, request.name).toHaveLength(request.modelCalls);
    }
  });

  test("claims of one session wait for each other; those of another do not", async () => {
    const { client, model } = running;
    const [path, other] = [callPath(medical, freshKey("session")), callPath(medical, freshKey("session"))];
    await client.call(path, medical.body);
    await client.call(other, medical.body);
    model.reset();
    model.hold();
    const replies = [path, path, other].map((to) => client.call(to, medical.body));
    await waitFor("both sessions ask", () => model.held.length === 2);
    for (const call of model.held) model.release(call);
    await waitFor("the third claim is its session's turn", () => model.held.length === 1);
    model.stopHolding();
    const bodies = (await Promise.all(replies)).map(({ body }) => /claim \d+ of/.exec(String(body))?.[0]);
    expect(bodies).toEqual(["claim 2 of", "claim 3 of", "claim 2 of"]);
  });
});
