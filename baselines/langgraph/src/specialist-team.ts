import { endpoint } from "@durable-agents/baseline-http";
import type { AIMessage } from "@langchain/core/messages";
import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
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
import { chatModel, prompt, usageOf } from "./model.ts";
import { checkpointer, runThread } from "./threads.ts";

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

type Work = { team: TeamName; worker: WorkerName; subtask: string; inputs: Partial<Record<WorkerName, string>> };

async function work({ team, worker, subtask, inputs }: Work): Promise<Delivery> {
  const agent = teamWorker(team, worker);
  const answer = await chatModel(agent).invoke(prompt(agent, subtaskPrompt(subtask, inputs)));
  return { worker, output: answer.text, usage: usageOf(answer) };
}

const teamGraph = new StateGraph(State)
  .addNode("plan", async ({ team, goal }) => {
    const planner = chatModel(teamPlanner(team)).withStructuredOutput(teamPlan(team), { includeRaw: true });
    const { parsed, raw } = await planner.invoke(prompt(teamPlanner(team), goalPrompt(goal)));
    // With `includeRaw`, an answer that does not fit is no error, but null.
    if (!parsed) throw new Error(`The plan of the ${team} team can't be used: ${raw.text}`);
    return { assignments: parsed.assignments, plannerUsage: [usageOf(raw as AIMessage)] };
  })
  // Waits for a whole wave, then sends out the next one.
  .addNode("dispatch", () => ({}))
  .addNode("work", async (assigned: Work) => ({ deliveries: [await work(assigned)] }))
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
  .compile({ checkpointer });

/** The workers whose needs are met, all at the same time; the synthesis when all are done. */
function nextWave({ team, assignments, deliveries }: State) {
  const done = new Set(deliveries.map(({ worker }) => worker));
  const wave = readyAssignments(assignments, done, done);
  if (wave.length === 0) return "synthesize";
  return wave.map(
    ({ worker, subtask, needs }) => new Send("work", { team, worker, subtask, inputs: outputsOf(deliveries, needs) }),
  );
}

export const specialistTeam = endpoint(SpecialistTeam, {
  run: async ({ team, goal }, { idempotencyKey }) => {
    const { deliverable, assignments, deliveries, plannerUsage } = await runThread(
      teamGraph,
      { team, goal },
      `SpecialistTeam ${idempotencyKey}`,
    );
    const usage = {
      planner: totalUsage(plannerUsage),
      worker: totalUsage(deliveries.map((delivery) => delivery.usage)),
    };
    return {
      deliverable,
      assignments,
      workersUsed: assignments.map(({ worker }) => worker),
      usage: totalUsage([usage.planner, usage.worker]),
      estimatedCostUsd: estimateCostUsd(usage),
    };
  },
});

export const specialistWorker = endpoint(SpecialistWorker, {
  work: async (assigned) => {
    const { output, usage } = await work(assigned);
    return { output, usage };
  },
});
