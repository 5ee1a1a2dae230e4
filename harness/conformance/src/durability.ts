import assert from "node:assert/strict";
import {
  answerWithoutCrash,
  bringToCrashPoints,
  type CrashResult,
  type CrashTarget,
  callPath,
  crashEverywhere,
  crashPointOf,
  type ExampleRequest,
  freshKey,
  letGoOn,
  type ModelAnswer,
  problemsOf,
  type RequestUnderWay,
  ServiceProcess,
  type TestEnvironment,
  type UncrashedRequest,
  untagged,
  waitForHeld,
} from "@durable-agents/crash-harness";
import { exampleRequest, type Pattern, patterns } from "@durable-agents/testkit";
import type { Check } from "./check.ts";
import {
  callExample,
  expectAnswer,
  expectError,
  expectNoRepeats,
  expectNoTransientErrors,
  list,
  waitForJournal,
  waitForQuiet,
  withoutCrash,
} from "./expectations.ts";

/** What came of the patterns of an environment, killed at every crash point, by target. */
const crashed = new WeakMap<TestEnvironment, Partial<Record<CrashTarget, Promise<CrashResult<ExampleRequest>[]>>>>();

/** Checks that kill the same target share one kill; there is a check for each pattern, so that a report says which fell short. */
async function crashPatterns(
  environment: TestEnvironment,
  target: CrashTarget,
  killed: Pattern[],
): Promise<CrashResult<ExampleRequest>[]> {
  environment.requireProcess();
  const results = crashed.get(environment) ?? {};
  crashed.set(environment, results);
  const requests = killed.map(({ request }) => request);
  results[target] ??= crashEverywhere(environment, requests, { target });
  return results[target];
}

/** @throws if a request of the pattern lost or repeated something, or took another number of steps */
async function expectSurvival(
  environment: TestEnvironment,
  { request }: Pattern,
  target: CrashTarget,
  killed: Pattern[] = patterns,
): Promise<void> {
  const all = await crashPatterns(environment, target, killed);
  const results = all.filter(({ uncrashed }) => uncrashed.request === request);
  assert.ok(results.length > request.modelCalls, `${request.name}: number of crash points`);
  for (const result of results) {
    assert.deepEqual(problemsOf(result), []);
    expectAnswer(request.call, result.reply);
    const what = `${request.name}, killed after ${result.after} of ${request.modelCalls} calls`;
    assert.equal(result.recoveredBy, "itself", `${what}: recovered by`);
    const steps = result.uncrashed.calls.length;
    assert.equal(new Set(result.calls.map(({ key }) => key)).size, steps, `${what}: ${list(result.calls)}`);
  }
}

const killCheckOf = ({ name }: Pattern) => `D1-${name}`;

export const killChecks: Check[] = patterns.map((pattern) => ({
  id: killCheckOf(pattern),
  title: `${pattern.request.call}: SIGKILL after 0 to ${pattern.request.modelCalls} of ${pattern.request.modelCalls} model calls`,
  run: (environment, { selected }) =>
    expectSurvival(
      environment,
      pattern,
      "service",
      patterns.filter((it) => selected.has(killCheckOf(it))),
    ),
}));

export const serverKillChecks: Check[] = (["server", "both"] as const).map((target) => ({
  id: `D4-${target}`,
  slow: target === "server",
  title: `SIGKILL of ${target === "server" ? "restate-server" : "restate-server and the service"} after any model call of every pattern`,
  run: async (environment) => {
    for (const pattern of patterns) await expectSurvival(environment, pattern, target);
  },
}));

/** Who decides in a pattern, and what it would say the second time. */
const decisions: [id: string, request: string, agent: string, changeOfMind: ModelAnswer][] = [
  ["router", "router-billing", "Support router", { object: { specialist: "product", reply: "" } }],
  ["session", "session-medical", "Claim intake", { object: { specialist: "car", reply: "" } }],
];

export const decisionChecks: Check[] = decisions.map(([id, name, agent, answer]) => ({
  id: `D2-${id}`,
  title: `the agent that decides is asked once, although it would now say something else (${agent})`,
  run: async (environment) => {
    environment.requireProcess();
    const uncrashed = await answerWithoutCrash(environment, [exampleRequest(name)]);
    const faults = [
      { match: (call: { agent: string }) => call.agent === agent, skip: 1, fault: { kind: "answer" as const, answer } },
    ];
    const [result] = await crashEverywhere(environment, uncrashed, { points: () => [1], faults });
    assert.ok(result);
    assert.deepEqual(problemsOf(result), []);
    assert.equal(result.calls.filter(({ label }) => label === agent).length, 1, list(result.calls));
  },
}));

/** Sends a request, and lets it go on until so many steps are completed and all else waits for an answer. */
async function bringTo(environment: TestEnvironment, request: ExampleRequest, after: number) {
  const [uncrashed] = (await answerWithoutCrash(environment, [request])) as [UncrashedRequest<ExampleRequest>];
  const [underWay] = (await bringToCrashPoints(environment, [crashPointOf(uncrashed, after)])) as [RequestUnderWay];
  const open = (await environment.journal.open()).find(({ invoked_by_id }) => !invoked_by_id);
  assert.ok(open, `${request.call} is under way`);
  return { invocation: open.id, client: underWay.client, uncrashed };
}

/** @throws if a client did not get the answer that comes without a crash */
async function expectSameAnswer({ client, uncrashed }: Awaited<ReturnType<typeof bringTo>>): Promise<void> {
  const reply = await client.ended;
  assert.ok(reply !== "broken", `${uncrashed.request.call}: the connection broke`);
  expectAnswer(uncrashed.request.call, reply);
  assert.equal(untagged(JSON.stringify(reply.body)), JSON.stringify(uncrashed.answer));
}

export const replayChecks: Check[] = patterns.map(({ name, request }) => ({
  id: `D3-${name}`,
  title: `${request.call}: again and again with random latencies, the same answer and calls, no mismatch`,
  run: async (environment, { rounds }) => {
    const errorsBefore = (await environment.journal.transientErrors()).length;
    const expected = await unlessErrorsCome(environment, errorsBefore, withoutCrash(environment, request));
    environment.model.latency = () => Math.random() * 40;
    const path = () => callPath(request, freshKey("session"));
    for (let round = 0; round < rounds; round += 10) {
      const calls = Array.from({ length: 10 }, () => environment.ingress.call(path(), request.body));
      const replies = await unlessErrorsCome(environment, errorsBefore, Promise.all(calls));
      for (const reply of replies) {
        expectAnswer(request.call, reply);
        assert.deepEqual(reply.body, expected.body);
      }
    }
    for (const { key, agent } of expected.calls) {
      const count = environment.model.calls.filter((call) => call.key === key).length;
      assert.equal(count, rounds, `${agent} was asked ${count} times in ${rounds} rounds`);
    }
    await expectNoTransientErrors(environment, errorsBefore);
  },
}));

/**
 * Waits for answers, but not for those of invocations that Restate has to retry: a mismatch comes again with each attempt.
 *
 * @throws AssertionError with the errors; the invocations that are under way are ended
 */
async function unlessErrorsCome<T>(
  environment: TestEnvironment,
  errorsBefore: number,
  answers: Promise<T>,
): Promise<T> {
  let answered = false;
  const watch = async () => {
    while (!answered) {
      await expectNoTransientErrors(environment, errorsBefore);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return answers;
  };
  try {
    return await Promise.race([answers, watch()]);
  } catch (error) {
    const open = await environment.journal.open();
    await Promise.allSettled([...open.map(({ id }) => environment.server.killInvocation(id)), answers]);
    throw error;
  } finally {
    answered = true;
  }
}

replayChecks.unshift({
  id: "D3-mode",
  title: "the implementation lets the server decide: an invocation that waits is suspended, and so replayed",
  run: async (environment) => {
    const { invocation, ...underWay } = await bringTo(environment, exampleRequest("research-durable-execution"), 1);
    await waitForJournal("the invocation that waits for its workers is suspended", async () => {
      const invocations = await environment.journal.open();
      return invocations.find(({ id }) => id === invocation)?.status === "suspended";
    });
    letGoOn(environment);
    await expectSameAnswer({ invocation, ...underWay });
  },
});

export const lifecycleChecks: Check[] = [
  {
    id: "D5-cancel",
    title: "a cancelled invocation stops its children, and no further model call is made",
    run: async (environment) => {
      const { server, journal, model } = environment;
      const uncrashed = await answerWithoutCrash(
        environment,
        patterns.map(({ request }) => request),
      );
      await waitForQuiet(environment);
      // After the first call: workers, specialists or the second agent are in flight.
      const points = uncrashed.map((it) => crashPointOf(it, Math.min(1, it.calls.length - 1)));
      const underWay = await bringToCrashPoints(environment, points);
      const invocations = (await journal.open()).filter(({ invoked_by_id }) => !invoked_by_id);
      assert.equal(invocations.length, patterns.length, "requests that are under way");
      await Promise.all(invocations.map(({ id }) => server.cancel(id)));
      await waitForQuiet(environment);
      const made = model.calls.length;
      letGoOn(environment);
      for (const { client, point } of underWay) {
        const reply = await client.ended;
        assert.ok(reply !== "broken", `${point.request.call}: the connection broke`);
        expectError(reply, /cancel/i, 409);
      }
      // A chain that went on all the same has the time of other requests to show itself.
      for (const { request } of patterns) expectAnswer(request.call, await callExample(environment, request));
      const expected = patterns.reduce((sum, { request }) => sum + request.modelCalls, made);
      assert.equal(model.calls.length, expected, list(model.calls.slice(made)));
    },
  },
  {
    id: "D5-caller-leaves",
    title: "a caller that goes away finds the result under its idempotency key",
    run: async (environment) => {
      for (const { request } of patterns) {
        const expected = await withoutCrash(environment, request);
        const [path, idempotencyKey] = [callPath(request, freshKey("session")), freshKey("key")];
        const caller = new AbortController();
        environment.model.hold();
        const first = environment.ingress.call(path, request.body, { idempotencyKey, signal: caller.signal });
        await waitForHeld(environment, 1);
        caller.abort();
        await assert.rejects(first, { name: "AbortError" });
        environment.model.stopHolding();
        const reply = await environment.ingress.call(path, request.body, { idempotencyKey });
        expectAnswer(request.call, reply);
        assert.deepEqual(reply.body, expected.body);
        expectNoRepeats(environment.model.calls);
      }
    },
  },
];

export const deploymentChecks: Check[] = [
  {
    id: "D6-deployment",
    title: "the invocation in flight finishes on the old deployment, the next request goes to the new one",
    run: async (environment) => {
      const service = environment.requireProcess();
      const request = exampleRequest("research-durable-execution");
      const inFlight = await bringTo(environment, request, 1);

      await using next = await ServiceProcess.start({ folder: service.folder, env: environment.model.env });
      const { id: newDeployment } = await environment.server.register(next.url);
      const later = await environment.ingress.send(request.call, request.body);
      await waitForJournal(
        "the new request is under way",
        async () => (await deploymentOf(environment, later)) !== null,
      );
      letGoOn(environment);
      await expectSameAnswer(inFlight);
      expectAnswer(request.call, await environment.ingress.attach(later));
      assert.notEqual(await deploymentOf(environment, inFlight.invocation), newDeployment, "the old request was moved");
      assert.equal(await deploymentOf(environment, later), newDeployment, "the new request went to the old deployment");

      // The old process is not needed any more.
      await service.kill();
      expectAnswer(request.call, await callExample(environment, request));
      await service.restart();
      await environment.server.register(environment.serviceUrl);
    },
  },
  {
    id: "D6-drain",
    title: "SIGTERM in the middle: the process exits with 0, and the request is answered",
    run: async (environment) => {
      const service = environment.requireProcess();
      const inFlight = await bringTo(environment, exampleRequest("claim-analysis"), 0);
      const terminated = service.terminate();
      letGoOn(environment);
      assert.deepEqual(await terminated, { code: 0, signal: null });
      await service.restart();
      await expectSameAnswer(inFlight);
      // What was in flight had its answer before the process ended.
      expectNoRepeats(environment.model.calls);
    },
  },
];

async function deploymentOf(environment: TestEnvironment, invocation: string): Promise<string | null | undefined> {
  const invocations = await environment.journal.invocations();
  return invocations.find(({ id }) => id === invocation)?.pinned_deployment_id ?? null;
}
