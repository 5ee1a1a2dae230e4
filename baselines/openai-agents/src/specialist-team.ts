import { endpoint } from "@durable-agents/baseline-http";
import { Agent } from "@openai/agents";
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
import { ask, profile } from "./model.ts";

type Outputs = Partial<Record<WorkerName, string>>;

export const specialistTeam = endpoint(SpecialistTeam, {
  run: async ({ team, goal }) => {
    const planner = new Agent({ ...profile(teamPlanner(team)), outputType: teamPlan(team) });
    const plan = await ask(planner, goalPrompt(goal));
    const { assignments } = plan.finalOutput;

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
    const synthesizer = new Agent(profile(teamSynthesis(team)));
    const synthesis = await ask(synthesizer, synthesisPrompt(goal, outputs(workersUsed)));

    const usage = {
      planner: totalUsage([plan.usage, synthesis.usage]),
      worker: totalUsage([...done.values()].map((delivery) => delivery.usage)),
    };
    return {
      deliverable: synthesis.finalOutput,
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
  const agent = new Agent(profile(teamWorker(team, worker)));
  const { finalOutput, usage } = await ask(agent, subtaskPrompt(subtask, inputs));
  return { output: finalOutput, usage };
}
