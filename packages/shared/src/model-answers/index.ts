import { type ModelAnswer, newestQuestion, type ScriptedAgent } from "@durable-agents/crash-harness";
import script from "../../fixtures/model-answers.json" with { type: "json" };
import { claimReviewAgents } from "./claim-review.ts";
import { claimSessionAgents } from "./claim-session.ts";
import { claimManagerAgents } from "./multi-agent.ts";
import { researchAgents } from "./orchestrator-worker.ts";
import { claimAnalysisAgents } from "./parallel-claim-analysis.ts";
import { routerAgents } from "./router.ts";
import { teamAgents } from "./specialist-team.ts";

// The answers are made from the question alone, so that equal questions get equal answers. They are as sensible as a demo
// needs: a $900,000 broken leg looks suspicious, a dented bumper goes to the car specialist.
const agents = [
  ...researchAgents,
  ...claimAnalysisAgents,
  ...claimManagerAgents,
  ...claimSessionAgents,
  ...claimReviewAgents,
  ...routerAgents,
  ...teamAgents,
];

/** Answers that were written by hand: to a question of an agent, or one that ends like it. */
const scriptedAnswer = (agent: string, question: string) =>
  script.find((entry) => entry.agent === agent && question.endsWith(entry.question))?.answer as ModelAnswer | undefined;

/** The agents as the mock model plays them: with the scripted answer where there is one, else with one made from the question. */
export const scriptedAgents: ScriptedAgent[] = agents.map(({ name, instructions, answer }) => ({
  name,
  instructions,
  answer: (request) => scriptedAnswer(name, newestQuestion(request)) ?? answer(request),
}));
