import { MissingKeyError, modelFault } from "@durable-agents/model-calls";
import { afterEach, expect, test, vi } from "vitest";
import { researcher, researchPlanner } from "../src/agents/orchestrator-worker.ts";
import { agentCall, remediesFor, requireKey } from "../src/model-calls.ts";

afterEach(() => vi.unstubAllEnvs());

const problem = (agent: typeof researcher, status: number) =>
  modelFault(agent.name, Object.assign(new Error("nope"), { status }), remediesFor(agent)).message;

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

test.each(["", undefined])("nobody is asked while OPENAI_API_KEY is %o", async (key) => {
  vi.stubEnv("OPENAI_API_KEY", key);
  expect(requireKey).toThrow(MissingKeyError);
  const ask = vi.fn(async () => "an answer");
  const call = agentCall(researcher, ask);
  await expect(call.ask(AbortSignal.timeout(1_000))).rejects.toThrow(MissingKeyError);
  expect(ask).not.toHaveBeenCalled();

  vi.stubEnv("OPENAI_API_KEY", "mock");
  expect(await call.ask(AbortSignal.timeout(1_000))).toBe("an answer");
});
