import assert from "node:assert/strict";
import {
  type Bench,
  callPath,
  exampleRequest,
  freshKey,
  type RecordedCall,
  waitForHeld,
} from "@durable-agents/testkit";
import type { Check } from "./check.ts";
import { callExample, expectAnswer, list, waitForQuiet } from "./expectations.ts";

/** How long a model call takes when overlap is measured, in milliseconds: clause P1. */
const LATENCY = 300;

/** Milliseconds from the first model call to the end of the last one. */
function span(calls: RecordedCall[]): number {
  return Math.max(...calls.map(({ endedAt }) => endedAt ?? 0)) - Math.min(...calls.map(({ startedAt }) => startedAt));
}

/** @throws if these calls did not all wait for their answers at the same time */
async function expectTogether(bench: Bench, name: string, agents: (call: RecordedCall) => boolean, count: number) {
  const request = exampleRequest(name);
  bench.model.reset();
  bench.model.latency = LATENCY;
  try {
    expectAnswer(request.call, await callExample(bench, request));
  } finally {
    bench.model.latency = 0;
  }
  const together = bench.model.calls.filter(agents);
  assert.equal(together.length, count, list(bench.model.calls));
  const lastStart = Math.max(...together.map(({ startedAt }) => startedAt));
  const firstEnd = Math.min(...together.map(({ endedAt }) => endedAt ?? 0));
  assert.ok(lastStart < firstEnd, `${name}: one of ${list(together)} started after another one had ended`);
  return bench.model.calls;
}

const by =
  (...names: string[]) =>
  ({ agent }: RecordedCall) =>
    names.includes(agent);

export const concurrencyChecks: Check[] = [
  {
    id: "P1-workers",
    title: "four researchers work at the same time: three calls' time, not six",
    run: async (bench) => {
      const calls = await expectTogether(bench, "research-renewable-energy", by("Researcher"), 4);
      // Sequential work would take six calls' time; half a call per phase is left for a busy machine.
      assert.ok(span(calls) < 4.5 * LATENCY, `took ${span(calls)} ms at ${LATENCY} ms a call`);
    },
  },
  {
    id: "P1-specialists",
    title: "three specialists assess a claim at the same time",
    run: async (bench) => {
      const specialists = by("Eligibility specialist", "Rate comparison specialist", "Fraud specialist");
      await expectTogether(bench, "claim-analysis", specialists, 3);
    },
  },
  {
    id: "P1-team",
    title: "workers of a team that do not need each other work at the same time",
    run: async (bench) => {
      await expectTogether(bench, "team-software-feature", by("Worker tester", "Worker doc_writer"), 2);
    },
  },
  ...["multi-agent", "remote-agent"].map(
    (name): Check => ({
      id: `P1-tools-${name}`,
      title: `${name}: two tools called in one turn run at the same time`,
      run: async (bench) => {
        await expectTogether(bench, name, by("Eligibility specialist", "Fraud specialist"), 2);
      },
    }),
  ),
  {
    id: "P2-requests",
    title: "50 requests at once, each with its own answer",
    run: async (bench) => {
      bench.model.reset();
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      await Promise.all(
        numbers.map(async (number) => {
          const message = `I was charged twice, invoice number ${number}-${number}`;
          const reply = await bench.ingress.call("AgentRouter/answer", { message });
          expectAnswer("AgentRouter/answer", reply);
          assert.ok(String(reply.body).includes(message), `${message} was answered with ${reply.body}`);
        }),
      );
      assert.equal(bench.model.calls.length, 100);
    },
  },
  {
    id: "P2-one-at-a-time",
    title: "one session key is served one request at a time; another key does not wait",
    run: async (bench) => {
      await waitForQuiet(bench);
      bench.model.reset();
      bench.model.hold();
      const request = exampleRequest("session-medical");
      const [mine, other] = [freshKey("mine"), freshKey("other")];
      const ids: string[] = [];
      for (const session of [mine, mine, other])
        ids.push(await bench.ingress.send(callPath(request, session), request.body));
      await waitForHeld(bench, 2);
      // Three requests are under way; the second one of the same session has not reached the model.
      const statuses = await bench.journal.invocations();
      assert.ok(
        ["inboxed", "pending"].includes(statuses.find(({ id }) => id === ids[1])?.status ?? ""),
        "the second request waits",
      );
      assert.equal(bench.model.held.length, 2, list(bench.model.held));
      bench.model.stopHolding();
      const [first, second, third] = await Promise.all(ids.map((id) => bench.ingress.attach(id)));
      for (const reply of [first, second, third]) expectAnswer(request.call, reply as NonNullable<typeof reply>);
      assert.match(String(first?.body), /claim 1 of this session/);
      assert.match(String(second?.body), /claim 2 of this session/);
      assert.match(String(third?.body), /claim 1 of this session/);
    },
  },
  {
    id: "P2-memory",
    title: "a session remembers its specialist and its conversation, and no other one's",
    run: async (bench) => {
      bench.model.reset();
      const [medical, car] = [exampleRequest("session-medical"), exampleRequest("session-car")];
      const [one, two] = [freshKey("one"), freshKey("two")];
      await callExample(bench, medical, one);
      await callExample(bench, car, two);
      const before = bench.model.calls.length;
      const reply = await callExample(bench, medical, one);
      assert.match(String(reply.body), /medical claim 2 of this session/);
      assert.deepEqual(
        bench.model.calls.slice(before).map(({ agent }) => agent),
        ["Medical claim specialist"],
      );
      assert.match(String((await callExample(bench, car, two)).body), /car claim 2 of this session/);
    },
  },
];
