import { freshKey, type ServiceProcess, type TestEnvironment, waitFor } from "@durable-agents/crash-harness";
import { findImplementations, startEnvironment } from "@durable-agents/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { countByKey, expectNoTransientErrors } from "../src/expectations.ts";

// The example is not one of the services that the suite judges, so it has a process, a server and checks of its own.

const claim = {
  date: "2024-10-01",
  category: "orthopedic",
  reason: "hip replacement after a fall",
  amount: 18_000,
  placeOfService: "General Hospital",
};
const yes = { approved: true, reason: "The invoices are in order" };
const no = { approved: false, reason: "The invoices are of another person" };
const answers = {
  approved: "Approved: $18,000 for hip replacement after a fall. The invoices are in order.",
  rejected: "Rejected: $18,000 for hip replacement after a fall. The invoices are of another person.",
  late: "Rejected: $18,000 for hip replacement after a fall. Nobody decided in time.",
};

describe.each(findImplementations())("a claim that waits for a person, $name", ({ folder }) => {
  let environment: TestEnvironment;
  let { server, model, ingress, journal }: TestEnvironment = {} as never;
  let system: ServiceProcess;

  beforeAll(async () => {
    environment = await startEnvironment({ folder, script: "example" });
    ({ server, model, ingress, journal } = environment);
    system = environment.requireProcess();
  });
  afterAll(() => environment?.[Symbol.asyncDispose]());
  beforeEach(() => model.reset());

  /** Sends a claim, and waits until it waits for a person. */
  async function waitingClaim(more: object = {}) {
    const id = freshKey("claim");
    const review = `ClaimReview/${id}`;
    const invocation = await ingress.send(`${review}/run`, { ...claim, ...more });
    const status = async () => (await ingress.call(`${review}/status`, undefined)).body as { status?: string };
    const untilWaiting = () =>
      waitFor("the claim waits for a person", async () => (await status()).status === "waiting");
    await untilWaiting();
    return {
      id,
      invocation,
      status,
      untilWaiting,
      decide: (decision: unknown) => ingress.call(`${review}/decide`, decision),
      answer: () => ingress.attach(invocation),
    };
  }

  /** The invocation's state; undefined while a server that has just come back does not know. */
  const stateOf = async (invocation: string) => {
    const known = await journal.invocations().catch(() => []);
    return known.find(({ id }) => id === invocation)?.status;
  };
  const untilSuspended = (invocation: string) =>
    waitFor("the claim is suspended", async () => (await stateOf(invocation)) === "suspended");

  /** @throws if the model was not asked once what it had to be asked for each claim */
  function expectModelCalls(count: number) {
    expect(model.calls.map(({ outcome }) => outcome)).toEqual(Array.from({ length: count }, () => "answered"));
  }

  test("is decided by the agent if it may do so", async () => {
    const reply = await ingress.call(`ClaimReview/${freshKey("claim")}/run`, { ...claim, amount: 3000 });
    expect(reply).toEqual({ status: 200, body: "Approved: $3,000 for hip replacement after a fall." });
    expectModelCalls(1);
  });

  test("says what it waits for", async () => {
    const { status, decide, answer } = await waitingClaim();
    const question = "$18,000 for hip replacement after a fall: above $10,000. Shall it be paid?";
    expect(await status()).toEqual({ status: "waiting", question, claim, decision: null });
    await decide(no);
    expect(await status()).toEqual({ status: "decided", question, claim, decision: no });
    expect(await answer()).toEqual({ status: 200, body: answers.rejected });
    expectModelCalls(2);
  });

  test("holds no process, and outlives the service and the server", async () => {
    const errors = (await journal.transientErrors()).length;
    const { id, invocation, untilWaiting, decide, answer } = await waitingClaim();
    await untilSuspended(invocation);
    await Promise.all([system.kill(), server.kill()]);
    await server.restart();
    // Nobody misses the service: an invocation that was cut off would be retried until it is back.
    await untilSuspended(invocation);
    expectModelCalls(1);
    await system.restart();
    await untilWaiting();
    expect(await decide(yes)).toEqual({ status: 200, body: `${id} is approved` });
    expect(await answer()).toEqual({ status: 200, body: answers.approved });
    expectModelCalls(2);
    await expectNoTransientErrors({ journal }, errors);
  });

  test("goes on where it was when the service is killed before it is suspended", async () => {
    const { invocation, decide, answer } = await waitingClaim();
    await system.kill();
    await system.restart();
    await untilSuspended(invocation);
    await decide(yes);
    expect(await answer()).toEqual({ status: 200, body: answers.approved });
    expectModelCalls(2);
  });

  test("is rejected when nobody decides, and then it is too late", async () => {
    const { id, decide, answer } = await waitingClaim({ decideWithinSeconds: 1 });
    expect(await answer()).toEqual({ status: 200, body: answers.late });
    expect(await decide(yes)).toMatchObject({
      status: 409,
      body: { message: `${id} was rejected before: Nobody decided in time` },
    });
    expectModelCalls(2);
  });

  test("is rejected in time, though nothing runs meanwhile", async () => {
    const { invocation, answer } = await waitingClaim({ decideWithinSeconds: 2 });
    await untilSuspended(invocation);
    await system.kill();
    // The timer is Restate's: it is the one who looks for the service then.
    await waitFor("the time is over", async () =>
      ["ready", "running", "backing-off"].includes(`${await stateOf(invocation)}`),
    );
    await system.restart();
    expect(await answer()).toEqual({ status: 200, body: answers.late });
    expectModelCalls(2);
  });

  test("is decided once", async () => {
    const { id, decide, answer } = await waitingClaim();
    const replies = await Promise.all([decide(yes), decide(no)]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const { body } = await answer();
    expect(body).toBe(replies[0].status === 200 ? answers.approved : answers.rejected);
    expect(await decide(no)).toMatchObject({ status: 409, body: { message: expect.stringContaining(`${id} was `) } });
    expect((await answer()).body).toBe(body);
  });

  test("does not wait for another one", async () => {
    const [first, second] = [await waitingClaim(), await waitingClaim()];
    await second.decide(no);
    expect((await second.answer()).body).toBe(answers.rejected);
    expect(await first.status()).toMatchObject({ status: "waiting" });
    await first.decide(yes);
    expect((await first.answer()).body).toBe(answers.approved);
  });

  test("is not decided by the agent, whatever it says", async () => {
    model.addFault({ fault: { kind: "answer", answer: { text: "Approved, as the claim says I should." } } });
    const reply = await ingress.call(`ClaimReview/${freshKey("claim")}/run`, claim);
    expect(reply).toMatchObject({ status: 500, body: { message: expect.stringContaining("by itself") } });
    expectModelCalls(1);
  });

  test("is over when it is cancelled", async () => {
    const { invocation, answer } = await waitingClaim();
    await server.cancel(invocation);
    expect(await answer()).toMatchObject({ status: 409, body: { message: expect.stringMatching(/cancel/i) } });
    expectModelCalls(1);
  });

  test.each([
    ["run", { ...claim, amount: -1 }, /amount/],
    ["run", { ...claim, decideWithinSeconds: 0 }, /decideWithinSeconds/],
    ["run", { ...claim, decideWithinSeconds: 1e12 }, /decideWithinSeconds/],
    ["decide", { approved: "yes", reason: "" }, /approved/],
    ["decide", { approved: true }, /reason/],
  ])("refuses bad input: %s %j", async (handler, body, names) => {
    const reply = await ingress.call(`ClaimReview/${freshKey("claim")}/${handler}`, body);
    expect(reply).toMatchObject({ status: 400, body: { message: expect.stringMatching(names) } });
    expectModelCalls(0);
  });

  test("refuses a decision that nobody waits for", async () => {
    expect(await ingress.call("ClaimReview/unheard-of/decide", yes)).toMatchObject({ status: 409 });
    expect(await ingress.call("ClaimReview/unheard-of/status", undefined)).toMatchObject({ status: 404 });
  });

  test("comes to the same when it is replayed at every await", async () => {
    const errors = (await journal.transientErrors()).length;
    const patched = await fetch(`${server.adminUrl}/services/ClaimReview`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inactivity_timeout: "0s" }),
    });
    expect(await patched.json()).toMatchObject({ inactivity_timeout: "0s" });
    model.latency = () => Math.random() * 40;
    const claims = await Promise.all(Array.from({ length: 10 }, () => waitingClaim()));
    await Promise.all(claims.map(({ decide }) => decide(yes)));
    const replies = await Promise.all(claims.map(({ answer }) => answer()));
    expect(new Set(replies.map(({ body }) => body))).toEqual(new Set([answers.approved]));
    expect([...countByKey(model.calls).values()]).toEqual([10, 10]);
    await expectNoTransientErrors({ journal }, errors);
  });
});
