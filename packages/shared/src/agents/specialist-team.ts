import { type TeamName, teams, type WorkerName } from "../contracts/specialist-team.ts";
import { planner, worker } from "./agent.ts";

export const teamPlanner = (team: TeamName) =>
  planner(
    `Planner of the ${team} team`,
    `You plan the work of a ${team} team: ${teams[team].join(", ")}. Assign only the workers that the goal needs, each at ` +
      "most once, and name for each the workers whose output it needs.",
  );
export const teamWorker = (team: TeamName, name: WorkerName) =>
  worker(`Worker ${name}`, `You are the ${name} of a ${team} team. Do your part and answer with its result alone.`);
export const teamSynthesis = (team: TeamName) =>
  planner(
    `Synthesis of the ${team} team`,
    `You put together what a ${team} team has produced into one deliverable. Leave out nothing that the goal asks for.`,
  );

export const goalPrompt = (goal: string) => `Goal: ${goal}`;
export const subtaskPrompt = (subtask: string, inputs: Partial<Record<WorkerName, string>>) =>
  [`Subtask: ${subtask}`, ...outputSections(inputs)].join("\n\n");
export const synthesisPrompt = (goal: string, outputs: Partial<Record<WorkerName, string>>) =>
  [goalPrompt(goal), ...outputSections(outputs)].join("\n\n");

const outputSections = (outputs: Partial<Record<WorkerName, string>>) =>
  Object.entries(outputs).map(([name, output]) => `Output of ${name}:\n${output}`);
