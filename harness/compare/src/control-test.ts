import {
  callPath,
  type ExampleRequest,
  exampleRequest,
  exampleRequests,
  freshKey,
  waitFor,
} from "@durable-agents/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { patterns } from "./patterns.ts";
import { answersOf, workProblem } from "./same-work.ts";
import { findSubjects, type RunningSubject } from "./subjects.ts";

/** How many model calls of a pattern wait at the same time, wave by wave, where all work that can be parallel is. */
const waves: Record<string, number[]> = {
  "orchestrator-worker": [1, 3, 1],
  "parallel analysis": [3, 1],
  router: [1, 1],
  "agent with tools": [1, 2, 1],
  "agent, remote tools": [1, 2, 1],
  "session with handoff": [1, 1],
  "specialist team": [1, 1, 2, 1, 1],
};

/** Wrong values for a field, of the kinds that a contract refuses. */
const wrongFields: [request: string, field: string, value: unknown][] = [
  ["claim-analysis", "amount", -1],
  ["multi-agent", "date", "2023-02-29"],
  ["session-medical", "reason", "x".repeat(4_001)],
  ["router-billing", "message", " "],
  ["team-software-feature", "team", "no-such-team"],
  ["team-worker", "worker", "copywriter"],
];

export interface ControlTestOptions {
  /** How often the control makes a model call that fails with 429, before it gives up; not tested unless set. */
  attempts?: number;
}

/**
 * Makes vitest tests of a control, for its own test file: it does the same work as the implementations, and what it
 * says of itself is so.
 *
 * @param name the system's name in the manifest
 */
export function controlTest(name: string, { attempts }: ControlTestOptions = {}): void {
  const subject = subjectOf(name);
  let running: RunningSubject;
  beforeAll(async () => {
    running = await subject.start();
  }, 60_000);
  afterEach(() => running?.model.reset());
  afterAll(() => running?.[Symbol.asyncDispose]());

  const call = (request: ExampleRequest, body: unknown = request.body, session = freshKey("session")) =>
    running.client.call(callPath(request, session), body);

  test("it does the work that is compared", { timeout: 60_000 }, async () => {
    expect(await workProblem(running)).toBeUndefined();
  });

  test("it answers as restate-only does", { timeout: 60_000 }, async () => {
    await using reference = await subjectOf("restate-only").start();
    expect(await answersOf(running)).toEqual(await answersOf(reference));
  });

  describe("parallel work is parallel", () => {
    test.each(patterns)("$name", { timeout: 60_000 }, async (pattern) => {
      const expected = waves[pattern.name] ?? [];
      expect(expected).toHaveLength(pattern.criticalPath);
      const { model } = running;
      model.hold();
      const reply = call(pattern.request);
      try {
        for (const [index, width] of expected.entries()) {
          await waitFor(`wave ${index + 1} has ${width} calls at once`, () => model.held.length === width);
          for (const held of model.held) model.release(held);
        }
      } finally {
        // What is still under way would be counted with the next test.
        model.stopHolding();
        await Promise.allSettled([reply]);
      }
      expect((await reply).status).toBe(200);
      expect(model.calls).toHaveLength(pattern.request.modelCalls);
    });
  });

  describe("bad input is answered with 400 that names the field, and asks no model", () => {
    const refused = async (request: ExampleRequest, body: unknown, message: RegExp) => {
      const reply = await call(request, body);
      expect(reply).toEqual({
        status: 400,
        body: expect.objectContaining({ message: expect.stringMatching(message) }),
      });
      expect(running.model.calls).toEqual([]);
    };
    test.each(exampleRequests)("$name, field by field", async (request) => {
      for (const field of Object.keys(request.body)) {
        await refused(request, { ...request.body, [field]: null }, new RegExp(`\\b${field}\\b`));
      }
    });
    test.each(wrongFields)("%s with a wrong %s", async (requestName, field, value) => {
      const request = exampleRequest(requestName);
      await refused(request, { ...request.body, [field]: value }, new RegExp(`\\b${field}\\b`));
    });
    test("no JSON", async () => refused(exampleRequest("router-billing"), "{", /JSON/));
  });

  if (attempts !== undefined) {
    test.each([
      { failures: attempts - 1, status: 200 },
      { failures: attempts, status: 500 },
    ])("after $failures failures of a model call it answers $status", { timeout: 60_000 }, async (expected) => {
      const { model } = running;
      const misbehaviour = { kind: "status", status: 429, retryAfterSeconds: 1 } as const;
      model.misbehave({ misbehaviour, times: expected.failures });
      expect((await call(exampleRequest("claim-fraud"))).status).toBe(expected.status);
      expect(model.calls).toHaveLength(attempts);
    });
  }

  if (subject.info.engine === null) describe("nothing is stored", () => storesNothing(() => running));
}

/** What follows from storing nothing: requests and sessions end with the process. */
function storesNothing(running: () => RunningSubject): void {
  const strike = async () => {
    await running().service?.kill();
    await running().service?.restart();
  };

  test("a request in flight is lost, and asked again it starts from the beginning", { timeout: 60_000 }, async () => {
    const { model, client } = running();
    const request = exampleRequest("claim-analysis");
    model.hold();
    const lost = client.call(request.call, request.body).then(
      () => "answered",
      () => "lost",
    );
    await waitFor("three calls wait", () => model.held.length === 3);
    for (const held of model.held) model.release(held);
    await waitFor("the last call waits", () => model.held.length === 1);
    await strike();
    expect(await lost).toBe("lost");
    model.stopHolding();

    const before = model.calls.length;
    expect((await client.call(request.call, request.body)).status).toBe(200);
    expect(model.calls.length - before).toBe(request.modelCalls);
  });

  test("the same idempotency key twice is two executions", async () => {
    const { model, client } = running();
    const request = exampleRequest("router-billing");
    const options = { idempotencyKey: freshKey("key") };
    await client.call(request.call, request.body, options);
    await client.call(request.call, request.body, options);
    expect(model.calls).toHaveLength(2 * request.modelCalls);
  });

  test("a session is forgotten", { timeout: 60_000 }, async () => {
    const { model, client } = running();
    const request = exampleRequest("session-medical");
    const path = callPath(request, freshKey("session"));
    const first = await client.call(path, request.body);
    await strike();
    model.reset();
    expect(await client.call(path, request.body)).toEqual(first);
    expect(model.calls).toHaveLength(request.modelCalls);
  });
}

function subjectOf(name: string) {
  const subjects = findSubjects();
  const found = subjects.find(({ info }) => info.name === name);
  if (found) return found;
  throw new Error(
    `There is no ${JSON.stringify(name)}. There are: ${subjects.map(({ info }) => info.name).join(", ")}`,
  );
}
