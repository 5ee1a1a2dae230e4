import type { ModelAnswer, ScriptedAgent } from "@durable-agents/crash-harness";
import { newestQuestion } from "@durable-agents/crash-harness";
import script from "#shared/fixtures/model-answers.json" with { type: "json" };
import { claimsAgents } from "./claims.ts";
import { researchAgents } from "./orchestrator-worker.ts";
import { routerAgents } from "./router.ts";
import { teamAgents } from "./specialist-team.ts";

// The answers are made from the question alone, so that equal questions get equal answers. They are as sensible as a demo
// needs: a $900,000 broken leg looks suspicious, a dented bumper goes to the car specialist.
const agents = [...researchAgents, ...claimsAgents, ...routerAgents, ...teamAgents];

/** The agents as the mock model plays them: with the scripted answer where there is one, else with one made from the question. */
export const scriptedAgents: ScriptedAgent[] = agents.map(({ name, instructions, answer }) => ({
  name,
  instructions,
  answer: (request) => {
    const found = script.find((entry) => entry.agent === name && newestQuestion(request).endsWith(entry.question));
    return found ? (found.answer as ModelAnswer) : answer(request);
  },
}));
