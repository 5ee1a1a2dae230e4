import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Claim } from "../src/contracts/claim.ts";
import { Routing } from "../src/contracts/router.ts";
import { readyAssignments, teamPlan, type WorkerName } from "../src/contracts/specialist-team.ts";
import { estimateCostUsd, priceTable, totalUsage } from "../src/costs.ts";
import { modelName } from "../src/models.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([
  [0, false],
  [0.01, true],
  [10_000_000, true],
  [10_000_001, false],
])("a claim of $%d: %s", (amount, taken) => {
  const [claim] = (Claim.meta()?.examples ?? []) as Claim[];
  expect(Claim.safeParse({ ...claim, amount }).success).toBe(taken);
});

test("a router that answers itself has to say something", () => {
  expect(Routing.safeParse({ specialist: "none", reply: " " }).success).toBe(false);
  expect(Routing.safeParse({ specialist: "billing", reply: "" }).success).toBe(true);
});

describe("a research plan", () => {
  /** The contract as a process finds it that has this in its environment. */
  async function contractWith(value: string | undefined) {
    vi.stubEnv("MAX_RESEARCH_TASKS", value);
    // A module of its own, which others don't get.
    const file = `../src/contracts/orchestrator-worker.ts?${randomUUID()}`;
    return (await import(file)) as typeof import("../src/contracts/orchestrator-worker.ts");
  }
  const tasks = (count: number) => ({
    tasks: Array.from({ length: count }, (_, index) => ({ question: `${index}?` })),
  });

  test.each([
    [undefined, 4],
    [" ", 4],
    ["2", 2],
    ["256", 256],
  ])("with MAX_RESEARCH_TASKS %j has at most %i questions, and so has the report", async (value, most) => {
    const { ResearchPlan, ResearchReport } = await contractWith(value);
    expect(ResearchPlan.safeParse(tasks(most)).success).toBe(true);
    expect(ResearchPlan.safeParse(tasks(most + 1)).success).toBe(false);
    const { _outputSerde } = ResearchReport._handlers.generate;
    expect(_outputSerde?.jsonSchema).toMatchObject({ properties: { taskCount: { minimum: 2, maximum: most } } });
  });

  test.each(["1", "2.5", "-4", "many", "Infinity"])("can't be bounded by %s", async (value) => {
    await expect(contractWith(value)).rejects.toThrow(`MAX_RESEARCH_TASKS is "${value}"; it takes a whole number`);
  });
});

describe("a team's plan", () => {
  const assign = (worker: WorkerName, ...needs: WorkerName[]) => ({ worker, subtask: "Do it", needs });

  test("that assigns a worker twice is refused", () => {
    const { error } = teamPlan("software-feature").safeParse({ assignments: [assign("coder"), assign("coder")] });
    expect(error?.issues.map(({ message }) => message)).toEqual(["coder is assigned twice"]);
  });

  test("in which a worker waits for itself is taken without that", () => {
    const { assignments } = teamPlan("software-feature").parse({ assignments: [assign("coder", "coder")] });
    expect(assignments).toEqual([assign("coder")]);
  });

  test("starts those whose inputs are there, once", () => {
    const plan = [assign("coder"), assign("tester", "coder"), assign("doc_writer", "coder")];
    const ready = (started: WorkerName[], done: WorkerName[]) =>
      readyAssignments(plan, new Set(started), new Set(done)).map(({ worker }) => worker);
    expect(ready([], [])).toEqual(["coder"]);
    expect(ready(["coder"], [])).toEqual([]);
    expect(ready(["coder"], ["coder"])).toEqual(["tester", "doc_writer"]);
    expect(ready(["coder", "tester"], ["coder"])).toEqual(["doc_writer"]);
  });
});

describe("costs", () => {
  const million = { calls: 1, inputTokens: 1_000_000, outputTokens: 1_000_000 };
  const none = { calls: 0, inputTokens: 0, outputTokens: 0 };

  test("follow the price table", () => {
    const { input, output } = priceTable.usdPerMillionTokens["gpt-4.1-mini"] ?? { input: 0, output: 0 };
    expect(estimateCostUsd({ planner: none, worker: million })).toBeCloseTo(input + output);
  });

  test("are unknown for an unknown model", () => {
    vi.stubEnv("OPENAI_MODEL", "llama-at-home");
    expect(modelName("planner")).toBe("llama-at-home");
    expect(estimateCostUsd({ planner: million, worker: million })).toBeNull();
  });

  test("usage adds up", () =>
    expect(totalUsage([million, million])).toMatchObject({ calls: 2, inputTokens: 2_000_000 }));
});
