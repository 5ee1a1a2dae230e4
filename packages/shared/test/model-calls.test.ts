import { randomUUID } from "node:crypto";
import { MissingKeyError, modelFault } from "@durable-agents/model-calls";
import { afterEach, expect, test, vi } from "vitest";
import { researcher, researchPlanner } from "../src/agents/orchestrator-worker.ts";
import { agentCall, hintsFor, requireKey } from "../src/model-calls.ts";

afterEach(() => vi.unstubAllEnvs());

const problem = (agent: typeof researcher, status: number) =>
  modelFault(agent.name, Object.assign(new Error("nope"), { status }), hintsFor(agent)).message;

test("what to do names the variable that sets the agent's model, and its value", () => {
  vi.stubEnv("OPENAI_MODEL", "small");
  vi.stubEnv("OPENAI_PLANNER_MODEL", "large");
  expect(problem(researcher, 404)).toMatch(/^Researcher: .*Set OPENAI_MODEL to .*\(it is small now\)/);
  expect(problem(researchPlanner, 404)).toMatch(
    /^Research planner: .*Set OPENAI_PLANNER_MODEL to .*\(it is large now\)/,
  );
  expect(problem(researchPlanner, 403)).toMatch(/OPENAI_API_KEY may use the model large\.$/);
  expect(problem(researcher, 401)).toMatch(/npm run dev/);
  expect(problem(researcher, 400)).toMatch(/Check the model's name/);
});

test.each(["", undefined])("no model is asked while OPENAI_API_KEY is %o", async (key) => {
  vi.stubEnv("OPENAI_API_KEY", key);
  expect(requireKey).toThrow(MissingKeyError);
  const ask = vi.fn(async () => "an answer");
  const call = agentCall(researcher, ask);
  await expect(call.ask(AbortSignal.timeout(1_000))).rejects.toThrow(MissingKeyError);
  expect(ask).not.toHaveBeenCalled();

  vi.stubEnv("OPENAI_API_KEY", "mock");
  expect(await call.ask(AbortSignal.timeout(1_000))).toBe("an answer");
});

test.each([
  ["2.5", 2_500],
  ["", 30_000],
  [undefined, 30_000],
])("with ANSWER_TIMEOUT_SECONDS %j, an attempt may take %i ms", async (value, milliseconds) => {
  expect((await policyWith(value)).answerTimeout).toBe(milliseconds);
});

test.each(["0", "-1", "soon", "1e9"])("ANSWER_TIMEOUT_SECONDS %j is refused", async (value) => {
  await expect(policyWith(value)).rejects.toThrow(`ANSWER_TIMEOUT_SECONDS is "${value}"; it takes a number above 0`);
});

/** The policy of a process with this environment. */
async function policyWith(seconds: string | undefined) {
  vi.stubEnv("ANSWER_TIMEOUT_SECONDS", seconds);
  // A module of its own, which others don't get.
  const file = `../src/model-calls.ts?${randomUUID()}`;
  return ((await import(file)) as typeof import("../src/model-calls.ts")).retryPolicy;
}
