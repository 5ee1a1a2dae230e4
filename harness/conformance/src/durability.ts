import assert from "node:assert/strict";
import {
  advance,
  type Bench,
  callPath,
  crashDuring,
  type Disaster,
  type ExampleRequest,
  exampleRequest,
  freshKey,
  killBoth,
  killServer,
  killSubject,
  type RecordedCall,
  type Reply,
  Subject,
  waitFor,
  waitForHeld,
} from "@durable-agents/testkit";
import type { Check } from "./check.ts";
import {
  callExample,
  countByKey,
  expectAnswer,
  expectError,
  expectNoRepeats,
  expectNoTransientErrors,
  list,
  undisturbed,
  waitForQuiet,
} from "./expectations.ts";

/** One request for each pattern that calls a model more than once. */
const patterns = [
  "research-durable-execution",
  "claim-analysis",
  "router-billing",
  "multi-agent",
  "remote-agent",
  "session-medical",
  "team-software-feature",
].map(exampleRequest);

/** @throws if the answer differs from the undisturbed one, or a call was made again that was not in flight */
async function expectSurvival(
  bench: Bench,
  request: ExampleRequest,
  expected: { body: unknown; calls: RecordedCall[] },
  completed: number,
  disaster: Disaster,
): Promise<void> {
  const { reply, calls, inFlight, repeatedCompleted } = await crashDuring(bench, request, completed, disaster);
  const what = `${request.name}, struck after ${completed} of ${expected.calls.length} calls`;
  expectAnswer(request.call, reply);
  assert.deepEqual(reply.body, expected.body, `${what}: the answer`);
  assert.deepEqual(list(repeatedCompleted), "", `${what}: asked again, although the answer was in the journal`);
  for (const [key, count] of countByKey(calls)) {
    const allowed = inFlight.some((call) => call.key === key) ? 2 : 1;
    assert.ok(count <= allowed, `${what}: a call was made ${count} times instead of ${allowed}:\n  ${list(calls)}`);
  }
  assert.equal(countByKey(calls).size, expected.calls.length, `${what}: ${list(calls)}`);
}

export const killChecks: Check[] = patterns.map((request) => ({
  id: `D1-${request.name}`,
  title: `${request.call}: SIGKILL after 0 to ${request.modelCalls} of ${request.modelCalls} model calls`,
  run: async (bench) => {
    const expected = await undisturbed(bench, request);
    for (let completed = 0; completed <= expected.calls.length; completed++) {
      await expectSurvival(bench, request, expected, completed, killSubject);
    }
  },
}));

export const decisionChecks: Check[] = [
  {
    id: "D2-router",
    title: "the router is asked once, although it would now say something else",
    run: async (bench) => {
      const { body } = await undisturbed(bench, exampleRequest("router-billing"));
      const other = { kind: "answer", answer: { object: { specialist: "product", reply: "" } } } as const;
      await decideOnce(bench, "router-billing", "Support router", { skip: 1, misbehaviour: other }, body);
    },
  },
  {
    id: "D2-session",
    title: "the intake agent is asked once, although it would now say something else",
    run: async (bench) => {
      const { body } = await undisturbed(bench, exampleRequest("session-medical"));
      const other = { kind: "answer", answer: { object: { specialist: "car", reply: "" } } } as const;
      await decideOnce(bench, "session-medical", "Claim intake", { skip: 1, misbehaviour: other }, body);
    },
  },
];

async function decideOnce(
  bench: Bench,
  name: string,
  agent: string,
  changeOfMind: { skip: number; misbehaviour: Parameters<Bench["model"]["misbehave"]>[0]["misbehaviour"] },
  expected: unknown,
): Promise<void> {
  const request = exampleRequest(name);
  bench.model.misbehave({ match: (call) => call.agent === agent, ...changeOfMind });
  bench.model.hold();
  const id = await bench.ingress.send(callPath(request, freshKey("session")), request.body);
  await advance(bench, 1);
  await waitForHeld(bench, 1);
  await killSubject(bench);
  bench.model.stopHolding();
  const reply = await bench.ingress.attach(id);
  expectAnswer(request.call, reply);
  assert.deepEqual(reply.body, expected);
  assert.equal(bench.model.calls.filter((call) => call.agent === agent).length, 1, list(bench.model.calls));
}

/** How often D3 runs each pattern. */
const ROUNDS = 50;

export const replayChecks: Check[] = patterns.map((request) => ({
  id: `D3-${request.name}`,
  title: `${request.call}: ${ROUNDS} times with random latencies, the same answer and calls, no mismatch`,
  run: async (bench) => {
    const errorsBefore = (await bench.journal.transientErrors()).length;
    const expected = await unlessErrorsCome(bench, errorsBefore, undisturbed(bench, request));
    bench.model.latency = () => Math.random() * 40;
    const path = () => callPath(request, freshKey("session"));
    for (let round = 0; round < ROUNDS; round += 10) {
      const calls = Array.from({ length: 10 }, () => bench.ingress.call(path(), request.body));
      const replies = await unlessErrorsCome(bench, errorsBefore, Promise.all(calls));
      for (const reply of replies) {
        expectAnswer(request.call, reply);
        assert.deepEqual(reply.body, expected.body);
      }
    }
    for (const { key, agent } of expected.calls) {
      const count = bench.model.calls.filter((call) => call.key === key).length;
      assert.equal(count, ROUNDS, `${agent} was asked ${count} times in ${ROUNDS} rounds`);
    }
    await expectNoTransientErrors(bench, errorsBefore);
  },
}));

/**
 * Waits for answers, but not for those of invocations that Restate has to retry: a mismatch comes again with each attempt.
 *
 * @throws AssertionError with the errors; the invocations that are under way are ended
 */
async function unlessErrorsCome<T>(bench: Bench, errorsBefore: number, answers: Promise<T>): Promise<T> {
  let answered = false;
  const watch = async () => {
    while (!answered) {
      await expectNoTransientErrors(bench, errorsBefore);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return answers;
  };
  try {
    return await Promise.race([answers, watch()]);
  } catch (error) {
    const open = (await bench.journal.invocations()).filter(({ status }) => status !== "completed");
    await Promise.allSettled([...open.map(({ id }) => bench.server.killInvocation(id)), answers]);
    throw error;
  } finally {
    answered = true;
  }
}

replayChecks.unshift({
  id: "D3-mode",
  title: "the implementation lets the server decide: whoever waits is suspended, and so replayed",
  run: async (bench) => {
    const request = exampleRequest("research-durable-execution");
    bench.model.reset();
    bench.model.hold();
    const id = await bench.ingress.send(request.call, request.body);
    await advance(bench, 1);
    await waitForHeld(bench, 3);
    await waitFor("the invocation that waits for its workers is suspended", async () => {
      const invocations = await bench.journal.invocations();
      return invocations.find((invocation) => invocation.id === id)?.status === "suspended";
    });
    bench.model.stopHolding();
    expectAnswer(request.call, await bench.ingress.attach(id));
  },
});

export const serverKillChecks: Check[] = [
  ["server", "restate-server", killServer],
  ["both", "restate-server and the implementation", killBoth],
].map(([id, what, disaster]) => ({
  id: `D4-${id}`,
  title: `SIGKILL of ${what} in the middle of every pattern`,
  run: async (bench) => {
    for (const request of patterns) {
      const expected = await undisturbed(bench, request);
      await expectSurvival(bench, request, expected, Math.ceil(expected.calls.length / 2), disaster as Disaster);
    }
  },
}));

export const lifecycleChecks: Check[] = [
  {
    id: "D5-cancel",
    title: "a cancelled invocation stops its children, and no further model call is made",
    run: async (bench) => {
      for (const request of patterns) {
        await waitForQuiet(bench);
        const { calls } = await undisturbed(bench, request);
        bench.model.hold();
        const id = await bench.ingress.send(callPath(request, freshKey("session")), request.body);
        // After the first call: workers, specialists or the second agent are in flight.
        await advance(bench, Math.min(1, calls.length - 1));
        await waitForHeld(bench, 1);
        await bench.server.cancel(id);
        await waitForQuiet(bench);
        const made = bench.model.calls.length;
        bench.model.stopHolding();
        expectError(await bench.ingress.attach(id), /cancel/i, 409);
        // A chain that went on all the same has the time of another request to show itself.
        expectAnswer(request.call, await callExample(bench, request));
        assert.equal(bench.model.calls.length, made + calls.length, `${request.name}: ${list(bench.model.calls)}`);
      }
    },
  },
  {
    id: "D5-caller-leaves",
    title: "a caller that goes away finds the result under its idempotency key",
    run: async (bench) => {
      for (const request of patterns) {
        const expected = await undisturbed(bench, request);
        const [path, idempotencyKey] = [callPath(request, freshKey("session")), freshKey("key")];
        const caller = new AbortController();
        bench.model.hold();
        const first = bench.ingress.call(path, request.body, { idempotencyKey, signal: caller.signal });
        await waitForHeld(bench, 1);
        caller.abort();
        await assert.rejects(first, { name: "AbortError" });
        bench.model.stopHolding();
        const reply = await bench.ingress.call(path, request.body, { idempotencyKey });
        expectAnswer(request.call, reply);
        assert.deepEqual(reply.body, expected.body);
        expectNoRepeats(bench.model.calls);
      }
    },
  },
];

export const deploymentChecks: Check[] = [
  {
    id: "D6-deployment",
    title: "the invocation in flight finishes on the old deployment, the next request goes to the new one",
    run: async (bench) => {
      const request = exampleRequest("research-durable-execution");
      const expected = await undisturbed(bench, request);
      bench.model.hold();
      const inFlight = await bench.ingress.send(request.call, request.body);
      await advance(bench, 1);
      await waitForHeld(bench, 1);

      await using next = await Subject.start({ folder: bench.subject.folder, environment: bench.model.environment });
      const { id: newDeployment } = await bench.server.register(next.url);
      const later = await bench.ingress.send(request.call, request.body);
      await waitFor("the new request is under way", async () => (await deploymentOf(bench, later)) !== null);
      bench.model.stopHolding();
      const replies: Reply[] = await Promise.all([inFlight, later].map((id) => bench.ingress.attach(id)));
      for (const reply of replies) {
        expectAnswer(request.call, reply);
        assert.deepEqual(reply.body, expected.body);
      }
      assert.notEqual(await deploymentOf(bench, inFlight), newDeployment, "the old request was moved");
      assert.equal(await deploymentOf(bench, later), newDeployment, "the new request went to the old deployment");

      // Nobody needs the old process any more.
      await bench.subject.kill();
      expectAnswer(request.call, await callExample(bench, request));
      await bench.subject.restart();
      await bench.server.register(bench.subjectUrl);
    },
  },
  {
    id: "D6-drain",
    title: "SIGTERM in the middle: the process exits with 0, and the request is answered",
    run: async (bench) => {
      const request = exampleRequest("claim-analysis");
      const expected = await undisturbed(bench, request);
      bench.model.hold();
      const id = await bench.ingress.send(request.call, request.body);
      await waitForHeld(bench, 3);
      const terminated = bench.subject.terminate();
      bench.model.stopHolding();
      assert.deepEqual(await terminated, { code: 0, signal: null });
      await bench.subject.restart();
      const reply = await bench.ingress.attach(id);
      expectAnswer(request.call, reply);
      assert.deepEqual(reply.body, expected.body);
      // What was in flight had its answer before the process ended.
      expectNoRepeats(bench.model.calls);
    },
  },
];

async function deploymentOf(bench: Bench, invocation: string): Promise<string | null | undefined> {
  const invocations = await bench.journal.invocations();
  return invocations.find(({ id }) => id === invocation)?.pinned_deployment_id ?? null;
}
