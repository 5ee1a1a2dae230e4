import { Agent, type Usage as RunUsage } from "@openai/agents";
import { implement, RestatePromise } from "@restatedev/restate-sdk";
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
  teamPlan,
  type Usage,
  type WorkerName,
} from "#shared/contracts/specialist-team";
import { estimateCostUsd, totalUsage } from "#shared/costs";
import { profile, run } from "./durable-model.ts";

// #region team
type Delivery = { worker: WorkerName; output: string; usage: Usage };

export const specialistTeam = implement(SpecialistTeam, {
  handlers: {
    run: async (ctx, { team, goal }) => {
      const planner = new Agent({ ...profile(teamPlanner(team)), outputType: teamPlan(team) });
      const plan = await run(ctx, planner, goalPrompt(goal));
      const { assignments } = plan.finalOutput;

      const running = new Map<WorkerName, RestatePromise<Delivery>>();
      const done = new Map<WorkerName, Delivery>();
      const outputs = (workers: WorkerName[]) =>
        Object.fromEntries(workers.map((worker) => [worker, done.get(worker)?.output ?? ""]));

      // A worker starts as soon as the ones that it builds on are done; the others go on meanwhile.
      while (done.size < assignments.length) {
        const started = new Set([...running.keys(), ...done.keys()]);
        for (const { worker, subtask, needs } of readyAssignments(assignments, started, done)) {
          const work = ctx.client(SpecialistWorker).work({ team, worker, subtask, inputs: outputs(needs) });
          running.set(worker, deliveryOf(worker, work));
        }
        const delivery = await RestatePromise.race([...running.values()]);
        running.delete(delivery.worker);
        done.set(delivery.worker, delivery);
      }

      const workersUsed = assignments.map(({ worker }) => worker);
      const synthesizer = new Agent(profile(teamSynthesis(team)));
      const synthesis = await run(ctx, synthesizer, synthesisPrompt(goal, outputs(workersUsed)));

      const usage = {
        planner: totalUsage([usageOf(plan.usage), usageOf(synthesis.usage)]),
        worker: totalUsage([...done.values()].map((delivery) => delivery.usage)),
      };
      return {
        deliverable: synthesis.finalOutput,
        assignments,
        workersUsed,
        usage: totalUsage([usage.planner, usage.worker]),
        // By the models of now; they may be others at a replay.
        estimatedCostUsd: await ctx.run("Estimate the cost", () => estimateCostUsd(usage)),
      };
    },
  },
});

/** The worker's result, tagged with the worker's name. */
const deliveryOf = (worker: WorkerName, work: RestatePromise<{ output: string; usage: Usage }>) =>
  work.map((result, failure): Delivery => {
    if (!result) throw failure;
    return { worker, ...result };
  });
// #endregion team

// #region worker
export const specialistWorker = implement(SpecialistWorker, {
  handlers: {
    work: async (ctx, { team, worker, subtask, inputs }) => {
      const agent = new Agent(profile(teamWorker(team, worker)));
      const { finalOutput, usage } = await run(ctx, agent, subtaskPrompt(subtask, inputs));
      return { output: finalOutput, usage: usageOf(usage) };
    },
  },
});
// #endregion worker

const usageOf = ({ requests, inputTokens, outputTokens }: RunUsage): Usage => ({
  calls: requests,
  inputTokens,
  outputTokens,
});
