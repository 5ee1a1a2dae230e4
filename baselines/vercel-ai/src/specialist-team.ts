import { endpoint } from "@durable-agents/baseline-http";
import { generateText, Output } from "ai";
import {
  goalPrompt,
  subtaskPrompt,
  synthesisPrompt,
  teamPlanner,
  teamSynthesis,
  teamWorker,
} from "#shared/agents/specialist-team";
import {
  readyAssignments,
  SpecialistTeam,
  SpecialistWorker,
  type TeamName,
  teamPlan,
  type Usage,
  type WorkerName,
} from "#shared/contracts/specialist-team";
import { estimateCostUsd, totalUsage } from "#shared/costs";
import { asking, usageOf } from "./model.ts";

type Outputs = Partial<Record<WorkerName, string>>;

export const specialistTeam = endpoint(SpecialistTeam, {
  run: async ({ team, goal }) => {
    const plan = await generateText({
      ...asking(teamPlanner(team)),
      prompt: goalPrompt(goal),
      output: Output.object({ schema: teamPlan(team) }),
    });
    const { assignments } = plan.output;

    const started = new Set<WorkerName>();
    const done = new Map<WorkerName, { output: string; usage: Usage }>();
    const outputs = (workers: WorkerName[]): Outputs =>
      Object.fromEntries(workers.map((worker) => [worker, done.get(worker)?.output ?? ""]));

    // A worker starts as soon as the ones that it builds on are done; the others go on meanwhile.
    const startReady = async (): Promise<void> => {
      const ready = readyAssignments(assignments, started, done).map(async ({ worker, subtask, needs }) => {
        started.add(worker);
        done.set(worker, await work(team, worker, subtask, outputs(needs)));
        await startReady();
      });
      await Promise.all(ready);
    };
    await startReady();

    const workersUsed = assignments.map(({ worker }) => worker);
    const synthesis = await generateText({
      ...asking(teamSynthesis(team)),
      prompt: synthesisPrompt(goal, outputs(workersUsed)),
    });
    const usage = {
      planner: totalUsage([usageOf(plan.usage), usageOf(synthesis.usage)]),
      worker: totalUsage([...done.values()].map((delivery) => delivery.usage)),
    };
    return {
      deliverable: synthesis.text,
      assignments,
      workersUsed,
      usage: totalUsage([usage.planner, usage.worker]),
      estimatedCostUsd: estimateCostUsd(usage),
    };
  },
});

export const specialistWorker = endpoint(SpecialistWorker, {
  work: ({ team, worker, subtask, inputs }) => work(team, worker, subtask, inputs),
});

async function work(team: TeamName, worker: WorkerName, subtask: string, inputs: Outputs) {
  const { text, usage } = await generateText({
    ...asking(teamWorker(team, worker)),
    prompt: subtaskPrompt(subtask, inputs),
  });
  return { output: text, usage: usageOf(usage) };
}
