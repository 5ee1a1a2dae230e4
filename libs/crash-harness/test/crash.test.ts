import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CrashResult, crashEverywhere, problemsOf, type Service, TestEnvironment, waitFor } from "../src/index.ts";
import { agents } from "./refunds/agents.ts";

let environment: TestEnvironment;
beforeAll(async () => {
  environment = await TestEnvironment.start({
    folder: join(import.meta.dirname, "refunds"),
    model: { agents, agentsFile: "refunds/agents.ts" },
    effects: { answer: () => ({ customer: "Ms Lovelace" }) },
  });
});
afterAll(() => environment?.[Symbol.asyncDispose]());

const request = { call: "Refunds/decide", body: { order: "{tag}" } };
const labels = (results: CrashResult[], of: (result: CrashResult) => { label: string }[]) =>
  results.map((result) => of(result).map(({ label }) => label));

describe("a request whose tools have effects", () => {
  test("is killed before and after each step, and repeats what was in flight only", async () => {
    const results = await crashEverywhere(environment, [request]);
    expect(results.flatMap(problemsOf)).toEqual([]);
    expect(results.map(({ after, answer }) => [after, answer])).toEqual(
      [0, 1, 2, 3, 4].map((after) => [after, "Dear Ms Lovelace, your order {tag} is refunded"]),
    );
    const inFlight = [["Clerk"], ["GET /orders/{tag}", "POST /refunds"], ["POST /refunds"], ["Writer"], []];
    expect(labels(results, ({ inFlight }) => inFlight)).toEqual(inFlight);
    expect(labels(results, ({ repeated }) => repeated.inFlight).map((some) => some.toSorted())).toEqual(inFlight);
  });

  test("that do not say what they are for has a kill for each step, as exact", async () => {
    await environment.service?.kill();
    await environment.service?.restart({ UNNAMED: "yes" });
    const results = await crashEverywhere(environment, [request]);
    expect(results.flatMap(problemsOf)).toEqual([]);
    expect(results.map(({ inFlight, tag }) => [inFlight.length, tag])).toEqual(
      [1, 2, 1, 1, 0].map((count) => [count, undefined]),
    );
  });

  test("one of them outside of the journal is seen", async () => {
    await environment.service?.kill();
    await environment.service?.restart({ OUTSIDE: "yes" });
    const results = await crashEverywhere(environment, [request]);
    expect(results.flatMap(problemsOf)).toEqual([
      "Refunds/decide, killed after 3 of 4 steps: POST /refunds was completed, and is repeated",
    ]);
    await environment.service?.kill();
    await environment.service?.restart({});
  });
});

test("a step that is begun while the process dies was in flight", async () => {
  const { model, effects, ingress, server } = environment;
  const service = environment.service as Service;
  const kill = async () => {
    for (const held of effects.held) effects.release(held);
    await waitFor("the writer is asked", () => model.held.some(({ label }) => label === "Writer"));
    await service.kill();
  };
  const dying: Service = {
    kill,
    restart: () => service.restart(),
    pids: () => service.pids(),
    ended: () => service.ended(),
  };
  const system = { model, effects, ingress, server, service: dying, [Symbol.asyncDispose]: async () => undefined };
  const results = await crashEverywhere(system, [request], { points: () => [1] });
  expect(results.flatMap(problemsOf)).toEqual([]);
  expect(labels(results, ({ inFlight }) => inFlight)[0]).toContain("Writer");
  expect(labels(results, ({ repeated }) => repeated.inFlight)).toEqual([["Writer"]]);
});

test("a missing answer says which agent asked, what it asked, and which file to edit", async () => {
  const ask = async (system: string) => {
    const messages = [
      { role: "system", content: system },
      { role: "user", content: "Where is my order?" },
    ];
    const response = await fetch(`${environment.model.baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "mock", messages }),
    });
    return (await response.json()) as { error: { message: string } };
  };
  expect((await ask("You answer the phone.")).error.message).toBe(
    'The mock model does not know the agent with the instructions "You answer the phone.", which asks: ' +
      '"Where is my order?" (user). Add it to refunds/agents.ts.',
  );
});
