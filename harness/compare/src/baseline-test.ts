import {
  type CrashTarget,
  callPath,
  type ExampleRequest,
  freshKey,
  type SystemUnderTest,
  waitFor,
} from "@durable-agents/crash-harness";
import { eligibilityAgent, fraudCheckAgent } from "@durable-agents/shared/agents/claims";
import { exampleRequest, exampleRequests, findPattern, patterns } from "@durable-agents/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { answerPatterns, measureCrashes } from "./crashes/crashes.ts";
import type { CrashSample } from "./results.ts";
import { answersOf, workProblem } from "./same-work.ts";
import { findSystems } from "./systems.ts";

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
  /** What makes a request go on that a kill has stopped: for most nothing does, until the client retries. */
  recoveredBy?: "itself" | "client";
  /** What is killed: unless set, the service, and of a system with a store, then both at the same time. */
  targets?: CrashTarget[];
}

export interface BaselineTestOptions extends CrashTestOptions {
  /** How often the baseline makes a model call that fails with 429, before it gives up; not tested unless set. */
  attempts?: number;
}

/** The running system, for further tests in the same file or `describe`. Its model is reset after each. */
export type Running = () => SystemUnderTest;

/**
 * Makes vitest tests of a baseline, for its own test file: it does the same work as the implementations, and what it
 * says of itself is so, also when it is killed.
 *
 * @param name the system's name in the manifest
 * @returns the running system, for what is special about it
 * @throws Error that lists what there is, if there is no system of that name
 */
export function baselineTest(name: string, { attempts, ...crashOptions }: BaselineTestOptions = {}): Running {
  const system = crashTest(name, crashOptions);
  const call = (request: ExampleRequest, body: unknown = request.body, session = freshKey("session")) =>
    system().ingress.call(callPath(request, session), body);

  test("it does the work that is compared", async () => {
    expect(await workProblem(system())).toBeUndefined();
  });

  test("it answers as restate-only does", async () => {
    await using reference = await systemOf("restate-only").start();
    expect(await answersOf(system())).toEqual(await answersOf(reference));
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
    test(`a model call that fails is made ${attempts} times in all`, async () => {
      const { model } = system();
      const fail = (agent: string, times: number) =>
        model.addFault({
          fault: { kind: "status", status: 429, retryAfterSeconds: 1 },
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

  const knowsRequests = systemOf(name).info.engine !== null;

  const executions = knowsRequests ? "one execution" : "an execution each";
  test(`equal idempotency keys give ${executions}`, async () => {
    const { model, ingress } = system();
    // The same key for all patterns: it belongs to the handler that was called.
    const idempotencyKey = freshKey("key");
    for (const { name: pattern, request } of knowsRequests ? patterns : [findPattern("router")]) {
      model.reset();
      const path = callPath(request, freshKey("session"));
      const ask = () => ingress.call(path, request.body, { idempotencyKey });
      const replies = await Promise.all([ask(), ask()]);
      replies.push(await ask());
      expect(replies, pattern).toEqual(replies.map(() => ({ ...replies[0], status: 200 })));
      expect(model.calls, pattern).toHaveLength((knowsRequests ? 1 : 3) * request.modelCalls);
    }
  });

  const turns = knowsRequests ? "is served one request at a time, and remembers them all" : "serves requests at once";
  test(`a session ${turns}`, async () => {
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
 * Makes vitest tests of a baseline's requests and sessions when it is killed: the part of
 * {@link baselineTest} for the further systems of a baseline that has been tested.
 *
 * @param name the system's name in the manifest
 * @returns the running system, for what is special about it
 * @throws Error that lists what there is, if there is no system of that name
 */
export function crashTest(name: string, options: CrashTestOptions = {}): Running {
  const system = systemOf(name);
  const stores = system.info.engine !== null;
  const { recoveredBy = "client", targets = stores ? ["service", "both"] : ["service"] } = options;
  let running: SystemUnderTest;
  beforeAll(async () => {
    running = await system.start();
  });
  afterEach(() => running?.model.reset());
  afterAll(() => running?.[Symbol.asyncDispose]());

  const again = stores ? "only what was in flight is" : "everything is";
  test.each(targets)(
    `killed (%s) at any crash point, with parallel calls in flight, it is resumed by ${recoveredBy}, and ${again} done again`,
    async (target) => {
      const samples: CrashSample[] = [];
      const uncrashed = await answerPatterns(running, patterns);
      await measureCrashes(name, running, uncrashed, samples, { target, randomMoments: 0 });
      expect(
        samples.map((sample) => ({
          at: `${sample.pattern}, ${sample.crashPoint}`,
          status: sample.status,
          sameAnswer: sample.sameAnswer,
          recoveredBy: sample.recoveredBy,
          connectionKept: sample.connectionKept,
          inFlight: sample.inFlight,
          repeated: sample.repeated,
        })),
      ).toEqual(
        patterns.flatMap((pattern) =>
          pattern.inFlight.map((inFlight, crashPoint) => ({
            at: `${pattern.name}, ${crashPoint}`,
            status: 200,
            sameAnswer: true,
            recoveredBy,
            connectionKept: false,
            inFlight,
            repeated: { completed: stores ? 0 : crashPoint, notYetPersisted: 0, inFlight },
          })),
        ),
      );
    },
  );

  test(`killed, it ${stores ? "remembers" : "forgets"} its sessions`, async () => {
    const { model, ingress, service } = running;
    const request = exampleRequest("session-medical");
    const path = callPath(request, freshKey("session"));
    const first = await ingress.call(path, request.body);
    await service?.kill();
    await service?.restart();
    model.reset();
    const second = await ingress.call(path, request.body);
    if (stores) expect(second).toEqual({ status: 200, body: expect.stringContaining("claim 2 of this session") });
    else expect(second).toEqual(first);
    expect(model.calls).toHaveLength(stores ? 1 : request.modelCalls);
  });

  return () => running;
}

function systemOf(name: string) {
  const systems = findSystems();
  const found = systems.find(({ info }) => info.name === name);
  if (found) return found;
  throw new Error(`There is no ${JSON.stringify(name)}. There are: ${systems.map(({ info }) => info.name).join(", ")}`);
}
