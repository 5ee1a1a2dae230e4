import { restateContext } from "@durable-agents/langchain";
import type { AIMessage } from "@langchain/core/messages";
import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
import { implement } from "@restatedev/restate-sdk";
import {
  goalPrompt,
  subtaskPrompt,
  synthesisPrompt,
  teamPlanner,
  teamSynthesis,
  teamWorker,
} from "#shared/agents/specialist-team";
import {
  type Assignment,
  readyAssignments,
  SpecialistTeam,
  SpecialistWorker,
  type TeamName,
  teamPlan,
  type Usage,
  type WorkerName,
} from "#shared/contracts/specialist-team";
import { estimateCostUsd, totalUsage } from "#shared/costs";
import { chatModel, invoke, prompt } from "./durable-model.ts";

// #region team
type Delivery = { worker: WorkerName; output: string; usage: Usage };

const State = Annotation.Root({
  team: Annotation<TeamName>,
  goal: Annotation<string>,
  assignments: Annotation<Assignment[]>,
  deliveries: Annotation<Delivery[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
  plannerUsage: Annotation<Usage[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
  deliverable: Annotation<string>,
});
type State = typeof State.State;

const outputsOf = (deliveries: Delivery[], workers: WorkerName[]) =>
  Object.fromEntries(workers.map((name) => [name, deliveries.find(({ worker }) => worker === name)?.output ?? ""]));

export const teamGraph = new StateGraph(State)
  .addNode("plan", async ({ team, goal }) => {
    const planner = chatModel(teamPlanner(team)).withStructuredOutput(teamPlan(team), { includeRaw: true });
    const { parsed, raw } = await planner.invoke(prompt(teamPlanner(team), goalPrompt(goal)));
    return { assignments: parsed.assignments, plannerUsage: [usageOf(raw as AIMessage)] };
  })
  // Waits for a whole wave, then sends out the next one.
  .addNode("dispatch", () => ({}))
  .addNode("work", async ({ team, worker, subtask, inputs }: Work) => {
    const { output, usage } = await restateContext().client(SpecialistWorker).work({ team, worker, subtask, inputs });
    return { deliveries: [{ worker, output, usage }] };
  })
  .addNode("synthesize", async ({ team, goal, assignments, deliveries }) => {
    const agent = teamSynthesis(team);
    const outputs = outputsOf(
      deliveries,
      assignments.map(({ worker }) => worker),
    );
    const answer = await chatModel(agent).invoke(prompt(agent, synthesisPrompt(goal, outputs)));
    return { deliverable: answer.text, plannerUsage: [usageOf(answer)] };
  })
  .addEdge(START, "plan")
  .addEdge("plan", "dispatch")
  .addConditionalEdges("dispatch", nextWave, ["work", "synthesize"])
  .addEdge("work", "dispatch")
  .addEdge("synthesize", END)
  .compile();

type Work = { team: TeamName; worker: WorkerName; subtask: string; inputs: Partial<Record<WorkerName, string>> };

/** The workers whose needs are met, all at the same time; the synthesis when all are done. */
function nextWave({ team, assignments, deliveries }: State) {
  const done = new Set(deliveries.map(({ worker }) => worker));
  const wave = readyAssignments(assignments, done, done);
  if (wave.length === 0) return "synthesize";
  return wave.map(
    ({ worker, subtask, needs }) => new Send("work", { team, worker, subtask, inputs: outputsOf(deliveries, needs) }),
  );
}

export const specialistTeam = implement(SpecialistTeam, {
  handlers: {
    run: async (ctx, { team, goal }) => {
      const { deliverable, assignments, deliveries, plannerUsage } = await invoke(ctx, teamGraph, { team, goal });
      const usage = {
        planner: totalUsage(plannerUsage),
        worker: totalUsage(deliveries.map((delivery) => delivery.usage)),
      };
      return {
        deliverable,
        assignments,
        workersUsed: assignments.map(({ worker }) => worker),
        usage: totalUsage([usage.planner, usage.worker]),
        // By the models of now; they may be others at a replay.
        estimatedCostUsd: await ctx.run("Estimate the cost", () => estimateCostUsd(usage)),
      };
    },
  },
});
// #endregion team

// #region worker
export const specialistWorker = implement(SpecialistWorker, {
  handlers: {
    work: async (ctx, { team, worker, subtask, inputs }) => {
      const agent = teamWorker(team, worker);
      const answer = await invoke(ctx, chatModel(agent), prompt(agent, subtaskPrompt(subtask, inputs)));
      return { output: answer.text, usage: usageOf(answer) };
    },
  },
});
// #endregion worker

const usageOf = ({ usage_metadata }: AIMessage): Usage => ({
  calls: 1,
  inputTokens: usage_metadata?.input_tokens ?? 0,
  outputTokens: usage_metadata?.output_tokens ?? 0,
});
