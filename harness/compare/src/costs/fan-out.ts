import { researchPlanner } from "@durable-agents/shared/agents/orchestrator-worker";
import { exampleRequest, type MockModel } from "@durable-agents/testkit";
import type { FanOutSample } from "../results.ts";
import { ask, type Measured, type RunningSubjects, type TurnOptions, Turns, turnOrder } from "./turns.ts";

export interface FanOutOptions extends TurnOptions {
  /** How many workers a report has, one number after the other. */
  workers: number[];
  /** How long the model takes for an answer, in milliseconds. */
  modelLatency: number;
  /** How often each subject has its turn with each number of workers. */
  rounds: number;
  /** How often each has a turn with the largest number before that, which is not counted. */
  warmUp: number;
}

/** What a subject needs in its environment to take a plan with so many tasks. */
export const fanOutEnvironment = (workers: number[]): Record<string, string> => ({
  MAX_RESEARCH_TASKS: String(Math.max(...workers)),
});

/**
 * Measures how long a research report takes whose workers all work at the same time: plan, workers, report, which are
 * three calls' time however many workers there are.
 *
 * @param subjects all of them up, with {@link fanOutEnvironment}
 */
export async function measureFanOut(
  subjects: RunningSubjects,
  { workers, modelLatency, rounds, warmUp, ...options }: FanOutOptions,
): Promise<Measured<FanOutSample>> {
  const numbers = [
    ...Array.from({ length: warmUp }, (_, index) => ({ round: index - warmUp, count: Math.max(...workers) })),
    ...Array.from({ length: rounds }, (_, round) => workers.map((count) => ({ round, count }))).flat(),
  ];
  const turns = new Turns<FanOutSample>("fanOut", numbers.length * subjects.size, options, "fan-out");
  for (const { model } of subjects.values()) model.latency = modelLatency;
  try {
    for (const { round, count } of numbers) {
      for (const [name, subject] of turnOrder(subjects, warmUp + round)) {
        await turns.take(name, `${count} workers`, async (signal) => {
          planTasks(subject.model, count);
          const request = { ...exampleRequest("research-durable-execution"), modelCalls: count + 2 };
          const { body, milliseconds } = await ask(subject, request, signal);
          const { taskCount } = body as { taskCount: number };
          if (taskCount !== count) throw new Error(`a plan of ${count} tasks became a report of ${taskCount}`);
          return round < 0 ? undefined : { subject: name, workers: count, modelLatency, round, milliseconds };
        });
      }
    }
  } finally {
    for (const { model } of subjects.values()) {
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
  model.misbehave({
    match: ({ agent }) => agent === researchPlanner.name,
    misbehaviour: { kind: "answer", answer: { object: { tasks } } },
  });
}
