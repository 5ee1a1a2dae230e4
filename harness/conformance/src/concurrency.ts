import assert from "node:assert/strict";
import {
  callPath,
  freshKey,
  type RecordedCall,
  type TestEnvironment,
  untilOverOrIdle,
  waitForHeld,
} from "@durable-agents/crash-harness";
import { exampleRequest } from "@durable-agents/testkit";
import type { Check } from "./check.ts";
import { callExample, expectAnswer, list, waitForQuiet } from "./expectations.ts";

/** For how long an implementation must have been idle until no further call comes, in milliseconds. */
const NO_MORE_COMES = 1_000;

/**
 * Holds every answer, and so sees which calls wait at the same time: parallel work is parallel in time, however fast this
 * machine is.
 *
 * @throws if these calls do not all wait for their answers at the same time
 */
async function expectTogether(
  environment: TestEnvironment,
  name: string,
  isOne: (call: RecordedCall) => boolean,
  count: number,
): Promise<void> {
  const { model } = environment;
  const request = exampleRequest(name);
  const ones = () => model.held.filter(isOne);
  model.reset();
  model.hold();
  const reply = callExample(environment, request);
  let over = false;
  const end = () => {
    over = true;
  };
  // If it fails, that is seen below, or nothing is left that could see it.
  reply.then(end, end);
  while (ones().length < count) {
    const before = model.held.length;
    await untilOverOrIdle(
      environment,
      NO_MORE_COMES,
      () => over || ones().length === count || model.held.length > before,
    );
    if (ones().length === count || model.held.length > before) continue;
    assert.equal(
      ones().length,
      0,
      `${name}: only ${ones().length} of ${count} work at the same time: ${list(model.held)}`,
    );
    assert.ok(!over && model.held.length > 0, `${name}: ${count} calls were expected: ${list(model.calls)}`);
    for (const call of model.held) model.release(call);
  }
  model.stopHolding();
  expectAnswer(request.call, await reply);
  assert.equal(model.calls.filter(isOne).length, count, list(model.calls));
}

const by =
  (...names: string[]) =>
  ({ agent }: RecordedCall) =>
    names.includes(agent);

export const concurrencyChecks: Check[] = [
  {
    id: "P1-workers",
    title: "four researchers work at the same time: three calls' time, not six",
    run: (environment) => expectTogether(environment, "research-renewable-energy", by("Researcher"), 4),
  },
  {
    id: "P1-specialists",
    title: "three specialists assess a claim at the same time",
    run: async (environment) => {
      const specialists = by("Eligibility specialist", "Rate comparison specialist", "Fraud specialist");
      await expectTogether(environment, "claim-analysis", specialists, 3);
    },
  },
  {
    id: "P1-team",
    title: "workers of a team that do not need each other work at the same time",
    run: async (environment) => {
      await expectTogether(environment, "team-software-feature", by("Worker tester", "Worker doc_writer"), 2);
    },
  },
  ...["multi-agent", "remote-agent"].map(
    (name): Check => ({
      id: `P1-tools-${name}`,
      title: `${name}: two tools called in one turn run at the same time`,
      run: async (environment) => {
        await expectTogether(environment, name, by("Eligibility specialist", "Fraud specialist"), 2);
      },
    }),
  ),
  {
    id: "P2-requests",
    title: "50 requests at once, each with its own answer",
    run: async (environment) => {
      environment.model.reset();
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      await Promise.all(
        numbers.map(async (number) => {
          const message = `I was charged twice, invoice number ${number}-${number}`;
          const reply = await environment.ingress.call("AgentRouter/answer", { message });
          expectAnswer("AgentRouter/answer", reply);
          assert.ok(String(reply.body).includes(message), `${message} was answered with ${reply.body}`);
        }),
      );
      assert.equal(environment.model.calls.length, 100);
    },
  },
  {
    id: "P2-one-at-a-time",
    title: "one session key is served one request at a time; another key does not wait",
    run: async (environment) => {
      await waitForQuiet(environment);
      environment.model.reset();
      environment.model.hold();
      const request = exampleRequest("session-medical");
      const [mine, other] = [freshKey("mine"), freshKey("other")];
      const ids: string[] = [];
      for (const session of [mine, mine, other])
        ids.push(await environment.ingress.send(callPath(request, session), request.body));
      await waitForHeld(environment, 2);
      // Three requests are under way; the second one of the same session has not reached the model.
      const statuses = await environment.journal.invocations();
      assert.ok(
        ["inboxed", "pending"].includes(statuses.find(({ id }) => id === ids[1])?.status ?? ""),
        "the second request waits",
      );
      assert.equal(environment.model.held.length, 2, list(environment.model.held));
      environment.model.stopHolding();
      const [first, second, third] = await Promise.all(ids.map((id) => environment.ingress.attach(id)));
      for (const reply of [first, second, third]) expectAnswer(request.call, reply as NonNullable<typeof reply>);
      assert.match(String(first?.body), /claim 1 of this session/);
      assert.match(String(second?.body), /claim 2 of this session/);
      assert.match(String(third?.body), /claim 1 of this session/);
    },
  },
  {
    id: "P2-memory",
    title: "a session remembers its specialist and its conversation, and no other one's",
    run: async (environment) => {
      environment.model.reset();
      const [medical, car] = [exampleRequest("session-medical"), exampleRequest("session-car")];
      const [one, two] = [freshKey("one"), freshKey("two")];
      await callExample(environment, medical, one);
      await callExample(environment, car, two);
      const before = environment.model.calls.length;
      const reply = await callExample(environment, medical, one);
      assert.match(String(reply.body), /medical claim 2 of this session/);
      assert.deepEqual(
        environment.model.calls.slice(before).map(({ agent }) => agent),
        ["Medical claim specialist"],
      );
      assert.match(String((await callExample(environment, car, two)).body), /car claim 2 of this session/);
    },
  },
];
