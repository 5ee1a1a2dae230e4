import { type CrashRequest, type ScriptedAgent, startProject } from "@durable-agents/crash-harness";
import { scriptedAgents } from "@durable-agents/shared/model-answers";

// What stands in for the world outside when you run or test this project on your machine.

/** What the mock model answers to whom. Add your own agents: `{ name, instructions, answer }`. */
export const agents: ScriptedAgent[] = [...scriptedAgents];

/** What tools call over HTTP, and what it answers: here, nothing. */
export const effects = {};

/** What `npm start` prints and the crash test sends, and the steps that it takes. */
export const requests: (CrashRequest & { steps: number })[] = [];

// `npm start` runs this file.
if (import.meta.main) {
  await startProject({ folder: import.meta.dirname, agents, agentsFile: "local.ts", effects, requests });
}
