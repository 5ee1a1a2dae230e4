import { eligibilityAgent, fraudCheckAgent } from "@durable-agents/shared/agents/claims";
import {
  callPath,
  type ExampleRequest,
  exampleRequest,
  exampleRequests,
  freshKey,
  waitFor,
} from "@durable-agents/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { measureCrashes } from "./crashes/crashes.ts";
import { findPattern, patterns } from "./patterns.ts";
import type { CrashSample, Disaster } from "./results.ts";
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

export interface CrashTestOptions {
  /** Who makes a request go on that a kill has stopped: nobody does, for most, until its caller asks again. */
  resumedBy?: "itself" | "the caller";
  /** What is killed: unless set, the service, and of a system with a store, then both at the same time. */
  disasters?: Disaster[];
}

export interface ControlTestOptions extends CrashTestOptions {
  /** How often the control makes a model call that fails with 429, before it gives up; not tested unless set. */
  attempts?: number;
}

/** The running system, for further tests in the same file or `describe`. Its model is reset after each. */
export type Running = () => RunningSubject;

/**
 * Makes vitest tests of a control, for its own test file: it does the same work as the implementations, and what it
 * says of itself is so, also when it is killed.
 *
 * @param name the system's name in the manifest
 * @returns the running system, for what is special about it
 * @throws Error that lists what there is, if there is no system of that name
 */
export function controlTest(name: string, { attempts, ...crashOptions }: ControlTestOptions = {}): Running {
  const system = crashTest(name, crashOptions);
  const call = (request: ExampleRequest, body: unknown = request.body, session = freshKey("session")) =>
    system().client.call(callPath(request, session), body);

  test("it does the work that is compared", { timeout: 60_000 }, async () => {
    expect(await workProblem(system())).toBeUndefined();
  });

  test("it answers as restate-only does", { timeout: 60_000 }, async () => {
    await using reference = await subjectOf("restate-only").start();
    expect(await answersOf(system())).toEqual(await answersOf(reference));
  });

  describe("parallel work is parallel", () => {
    test.each(patterns)("$name", { timeout: 60_000 }, async (pattern) => {
      const expected = waves[pattern.name] ?? [];
      expect(expected).toHaveLength(pattern.criticalPath);
      const { model } = system();
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
      expect(system().model.calls).toEqual([]);
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
    test(`a model call that fails is made ${attempts} times in all`, { timeout: 60_000 }, async () => {
      const { model } = system();
      const fail = (agent: string, times: number) =>
        model.misbehave({
          misbehaviour: { kind: "status", status: 429, retryAfterSeconds: 1 },
          match: (call) => call.agent === agent,
          times,
        });
      fail(fraudCheckAgent.name, attempts - 1);
      fail(eligibilityAgent.name, attempts);
      const requests = [exampleRequest("claim-fraud"), exampleRequest("claim-eligibility")];
      const replies = await Promise.all(requests.map((request) => call(request)));
      expect(replies.map(({ status }) => status)).toEqual([200, 500]);
      expect(model.calls).toHaveLength(2 * attempts);
    });
  }

  const knowsRequests = subjectOf(name).info.engine !== null;

  const executions = knowsRequests ? "one execution" : "an execution each";
  test(`equal idempotency keys give ${executions}`, { timeout: 60_000 }, async () => {
    const { model, client } = system();
    // The same key for all patterns: it belongs to the handler that was called.
    const idempotencyKey = freshKey("key");
    for (const { name: pattern, request } of knowsRequests ? patterns : [findPattern("router")]) {
      model.reset();
      const path = callPath(request, freshKey("session"));
      const ask = () => client.call(path, request.body, { idempotencyKey });
      const replies = await Promise.all([ask(), ask()]);
      replies.push(await ask());
      expect(replies, pattern).toEqual(replies.map(() => ({ ...replies[0], status: 200 })));
      expect(model.calls, pattern).toHaveLength((knowsRequests ? 1 : 3) * request.modelCalls);
    }
  });

  const turns = knowsRequests ? "is served one request at a time, and remembers them all" : "serves requests at once";
  test(`a session ${turns}`, { timeout: 60_000 }, async () => {
    const { model } = system();
    const request = exampleRequest("session-medical");
    const [one, other] = [freshKey("session"), freshKey("session")];
    for (const session of [one, other]) await call(request, request.body, session);
    model.reset();
    model.hold();
    const replies = [one, one, other].map((session) => call(request, request.body, session));
    try {
      await waitFor("both sessions ask", () => model.held.length === (knowsRequests ? 2 : 3));
      for (const held of model.held) model.release(held);
      if (knowsRequests) await waitFor("it is the turn of the one that waited", () => model.held.length === 1);
    } finally {
      model.stopHolding();
      await Promise.allSettled(replies);
    }
    const bodies = (await Promise.all(replies)).map(({ body }) => /claim \d+ of/.exec(String(body))?.[0]);
    // Of two requests that are served at once, neither knows of the other.
    expect(bodies.toSorted()).toEqual(["claim 2 of", "claim 2 of", knowsRequests ? "claim 3 of" : "claim 2 of"]);
  });

  return system;
}

/**
 * Makes vitest tests of what becomes of a control's requests and sessions when it is killed: the part of
 * {@link controlTest} for the further systems of a control that has been tested.
 *
 * @param name the system's name in the manifest
 * @returns the running system, for what is special about it
 * @throws Error that lists what there is, if there is no system of that name
 */
export function crashTest(name: string, options: CrashTestOptions = {}): Running {
  const subject = subjectOf(name);
  const stores = subject.info.engine !== null;
  const { resumedBy = "the caller", disasters = stores ? ["service", "both"] : ["service"] } = options;
  let running: RunningSubject;
  beforeAll(async () => {
    running = await subject.start();
  }, 60_000);
  afterEach(() => running?.model.reset());
  afterAll(() => running?.[Symbol.asyncDispose]());

  const again = stores ? "only what was in flight is" : "everything is";
  test.each(disasters)(
    `killed (%s) at any crash point, it is resumed by ${resumedBy}, and ${again} done again`,
    { timeout: 120_000 },
    async (disaster) => {
      const samples: CrashSample[] = [];
      await measureCrashes(name, running, samples, { patterns, disaster, randomMoments: 0 });
      expect(
        samples.map((sample) => ({
          at: `${sample.pattern}, ${sample.crashPoint}`,
          status: sample.status,
          sameAnswer: sample.sameAnswer,
          resumedBy: sample.resumedBy,
          callerStayed: sample.callerStayed,
          inFlight: sample.inFlight,
          repeated: sample.repeated,
        })),
      ).toEqual(
        patterns.flatMap((pattern) =>
          pattern.inFlight.map((inFlight, crashPoint) => ({
            at: `${pattern.name}, ${crashPoint}`,
            status: 200,
            sameAnswer: true,
            resumedBy,
            callerStayed: false,
            inFlight,
            repeated: { completed: stores ? 0 : crashPoint, justAnswered: 0, inFlight },
          })),
        ),
      );
    },
  );

  test(`killed, it ${stores ? "remembers" : "forgets"} its sessions`, { timeout: 60_000 }, async () => {
    const { model, client, service } = running;
    const request = exampleRequest("session-medical");
    const path = callPath(request, freshKey("session"));
    const first = await client.call(path, request.body);
    await service?.kill();
    await service?.restart();
    model.reset();
    const second = await client.call(path, request.body);
    if (stores) expect(second).toEqual({ status: 200, body: expect.stringContaining("claim 2 of this session") });
    else expect(second).toEqual(first);
    expect(model.calls).toHaveLength(stores ? 1 : request.modelCalls);
  });

  return () => running;
}

function subjectOf(name: string) {
  const subjects = findSubjects();
  const found = subjects.find(({ info }) => info.name === name);
  if (found) return found;
  throw new Error(
    `There is no ${JSON.stringify(name)}. There are: ${subjects.map(({ info }) => info.name).join(", ")}`,
  );
}
