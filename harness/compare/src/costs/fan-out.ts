import type { MockModel } from "@durable-agents/crash-harness";
import { researchPlanner } from "@durable-agents/shared/agents/orchestrator-worker";
import { exampleRequest } from "@durable-agents/testkit";
import type { FanOutSample } from "../results.ts";
import { ask, type Measured, type RunningSystems, type TurnOptions, Turns, turnOrder } from "./turns.ts";

export interface FanOutOptions extends TurnOptions {
  /** How many workers a report has, one number after the other. */
  workers: number[];
  /** How long the model takes for an answer, in milliseconds. */
  modelLatency: number;
  /** How often each system has its turn with each number of workers. */
  rounds: number;
  /** How often each has a turn with the largest number before that, which is not counted. */
  warmUp: number;
}

/** What a system needs in its environment to take a plan with so many tasks. */
export const fanOutEnvironment = (workers: number[]): Record<string, string> => ({
  MAX_RESEARCH_TASKS: String(Math.max(...workers)),
});

/**
 * Measures how long a research report takes whose workers all work at the same time: plan, workers, report, which are
 * three calls' time however many workers there are.
 *
 * @param systems all of them up, with {@link fanOutEnvironment}
 */
export async function measureFanOut(
  systems: RunningSystems,
  { workers, modelLatency, rounds, warmUp, ...options }: FanOutOptions,
): Promise<Measured<FanOutSample>> {
  const numbers = [
    ...Array.from({ length: warmUp }, (_, index) => ({ round: index - warmUp, count: Math.max(...workers) })),
    ...Array.from({ length: rounds }, (_, round) => workers.map((count) => ({ round, count }))).flat(),
  ];
  const turns = new Turns<FanOutSample>("fanOut", numbers.length * systems.size, options, "fan-out");
  for (const { model } of systems.values()) model.latency = modelLatency;
  try {
    for (const { round, count } of numbers) {
      for (const [name, system] of turnOrder(systems, warmUp + round)) {
        await turns.take(name, `${count} workers`, async (signal) => {
          planTasks(system.model, count);
          const request = { ...exampleRequest("research-durable-execution"), modelCalls: count + 2 };
          const { body, milliseconds } = await ask(system, request, signal);
          const { taskCount } = body as { taskCount: number };
          if (taskCount !== count) throw new Error(`a plan of ${count} tasks became a report of ${taskCount}`);
          return round < 0 ? undefined : { system: name, workers: count, modelLatency, round, milliseconds };
        });
      }
    }
  } finally {
    for (const { model } of systems.values()) {
      model.reset();
      model.latency = 0;
    }
  }
  return turns.result;
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
