import { DBOS, type WorkflowHandle } from "@dbos-inc/dbos-sdk";
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
import { polling, running } from "./workflows.ts";

type Delivery = { output: string; usage: Usage };
type Outputs = Partial<Record<WorkerName, string>>;

const run = DBOS.registerWorkflow(
  async ({ team, goal }: { team: TeamName; goal: string }) => {
    const plan = await generateText({
      ...asking(teamPlanner(team)),
      prompt: goalPrompt(goal),
      output: Output.object({ schema: teamPlan(team) }),
    });
    const { assignments } = plan.output;

    const atWork = new Map<WorkerName, WorkflowHandle<Delivery>>();
    const done = new Map<WorkerName, Delivery>();
    const outputs = (workers: WorkerName[]): Outputs =>
      Object.fromEntries(workers.map((worker) => [worker, done.get(worker)?.output ?? ""]));

    // A worker starts as soon as the ones that it builds on are done; the others go on meanwhile.
    while (done.size < assignments.length) {
      const started = new Set([...atWork.keys(), ...done.keys()]);
      for (const { worker, subtask, needs } of readyAssignments(assignments, started, done)) {
        const task = { team, worker, subtask, inputs: outputs(needs) };
        atWork.set(worker, await DBOS.startWorkflow(work)(task));
      }
      // A step, so that after a crash the same worker is the first one again.
      const first = await DBOS.runStep(() => firstToDeliver(atWork), { name: "Wait for a worker" });
      done.set(first, await (atWork.get(first) as WorkflowHandle<Delivery>).getResult(polling));
      atWork.delete(first);
    }

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
  { name: "SpecialistTeam/run" },
);

/** What `DBOS.waitFirst` does, without asking the database every now and then for what runs in this process. */
const firstToDeliver = (atWork: Map<WorkerName, WorkflowHandle<Delivery>>) =>
  Promise.race(
    [...atWork].map(async ([worker, handle]) => {
      await handle.getResult(polling);
      return worker;
    }),
  );

const work = DBOS.registerWorkflow(
  async ({
    team,
    worker,
    subtask,
    inputs,
  }: {
    team: TeamName;
    worker: WorkerName;
    subtask: string;
    inputs: Outputs;
  }) => {
    const { text, usage } = await generateText({
      ...asking(teamWorker(team, worker)),
      prompt: subtaskPrompt(subtask, inputs),
    });
    return { output: text, usage: usageOf(usage) };
  },
  { name: "SpecialistWorker/work" },
);

export const specialistTeam = endpoint(SpecialistTeam, { run: running("SpecialistTeam/run", run) });
export const specialistWorker = endpoint(SpecialistWorker, { work: running("SpecialistWorker/work", work) });
