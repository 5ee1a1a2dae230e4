import { type ModelAnswer, newestQuestion, type ScriptedAgent } from "@durable-agents/crash-harness";

/** An answer that was written by hand: to a question of an agent, or one that ends like it. */
export interface ScriptedAnswer {
  agent: string;
  question: string;
  answer: object;
}

/** The agents as the mock model plays them: with the scripted answer where there is one, else with their own. */
export const withScript = (agents: ScriptedAgent[], script: ScriptedAnswer[]): ScriptedAgent[] =>
  agents.map(({ name, instructions, answer }) => ({
    name,
    instructions,
    answer: (request) => {
      const found = script.find((entry) => entry.agent === name && newestQuestion(request).endsWith(entry.question));
      return found ? (found.answer as ModelAnswer) : answer(request);
    },
  }));
