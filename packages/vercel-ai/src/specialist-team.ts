import { implement, RestatePromise } from "@restatedev/restate-sdk";
import { generateText, type LanguageModelUsage, Output } from "ai";
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
import { durableModel } from "./durable-model.ts";

// #region team
type Delivery = { worker: WorkerName; output: string; usage: Usage };

export const specialistTeam = implement(SpecialistTeam, {
  handlers: {
    run: async (ctx, { team, goal }) => {
      const planner = teamPlanner(team);
      const schema = teamPlan(team);
      const plan = await generateText({
        model: durableModel(ctx, planner, schema),
        instructions: planner.instructions,
        prompt: goalPrompt(goal),
        output: Output.object({ schema }),
      });
      const { assignments } = plan.output;

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
      const synthesizer = teamSynthesis(team);
      const synthesis = await generateText({
        model: durableModel(ctx, synthesizer),
        instructions: synthesizer.instructions,
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
      const agent = teamWorker(team, worker);
      const { text, usage } = await generateText({
        model: durableModel(ctx, agent),
        instructions: agent.instructions,
        prompt: subtaskPrompt(subtask, inputs),
      });
      return { output: text, usage: usageOf(usage) };
    },
  },
});
// #endregion worker

const usageOf = ({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage): Usage => ({
  calls: 1,
  inputTokens,
  outputTokens,
});
