import type { MockModel } from "@durable-agents/crash-harness";
import { researchPlanner } from "@durable-agents/shared/agents/orchestrator-worker";
import { exampleRequest } from "@durable-agents/testkit";
import type { FanOutSample } from "../results.ts";
import { ask, type Measured, type RunningSystems, type TurnOptions, takeTurns } from "./turns.ts";

/** What a system needs in its environment to take a plan with so many tasks. */
export const fanOutEnvironment = (workers: number[]): Record<string, string> => ({
  MAX_RESEARCH_TASKS: String(Math.max(...workers)),
});

/**
 * Measures how long a research report takes whose workers all work at the same time: plan, workers, report, which are
 * three calls' time however many workers there are.
 *
 * @param systems started with {@link fanOutEnvironment}
 * @param workers how many workers a report has, one number after the other
 */
export async function measureFanOut(
  systems: RunningSystems,
  workers: number[],
  options: TurnOptions,
): Promise<Measured<FanOutSample>> {
  const { modelLatency = 0 } = options;
  const parts = workers.map((count) => ({ name: `${count} workers`, count }));
  const measured = await takeTurns("fanOut", systems, parts, options, async (turn) => {
    const { name, system, part, round, signal } = turn;
    planTasks(system.model, part.count);
    const request = { ...exampleRequest("research-durable-execution"), modelCalls: part.count + 2 };
    const { body, milliseconds } = await ask(system, request, signal);
    const { taskCount } = body as { taskCount: number };
    if (taskCount !== part.count) throw new Error(`a plan of ${part.count} tasks became a report of ${taskCount}`);
    return { system: name, workers: part.count, modelLatency, round, milliseconds };
  });
  for (const { model } of systems.values()) model.reset();
  return measured;
}

/** Has the planner plan so many tasks, which are short: their size is not what grows here. */
function planTasks(model: MockModel, count: number): void {
  const tasks = Array.from({ length: count }, (_, index) => ({ question: `What is question ${index + 1} about?` }));
  model.reset();
  model.addFault({
    match: ({ agent }) => agent === researchPlanner.name,
    fault: { kind: "answer", answer: { object: { tasks } } },
  });
}
