import {
  type AgentProfile,
  claimDecider,
  claimPrompt,
  decisionPrompt,
  eligibilityAgent,
  fraudCheckAgent,
  rateComparisonAgent,
} from "@durable-agents/shared/agents";
import type { Claim } from "@durable-agents/shared/contracts/claim";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { chatModel, prompt } from "./model.ts";

const State = Annotation.Root({
  claim: Annotation<Claim>,
  eligibility: Annotation<string>,
  rates: Annotation<string>,
  fraud: Annotation<string>,
  decision: Annotation<string>,
});

const ask = async (agent: AgentProfile, question: string) =>
  (await chatModel(agent).invoke(prompt(agent, question))).text;

/** Three specialists in parallel, one decision: the work of `ParallelAgentClaimApproval/run`. */
export const claimGraph = new StateGraph(State)
  .addNode("check_eligibility", async ({ claim }) => ({ eligibility: await ask(eligibilityAgent, claimPrompt(claim)) }))
  .addNode("compare_rates", async ({ claim }) => ({ rates: await ask(rateComparisonAgent, claimPrompt(claim)) }))
  .addNode("check_fraud", async ({ claim }) => ({ fraud: await ask(fraudCheckAgent, claimPrompt(claim)) }))
  .addNode("decide", async ({ claim, ...assessments }) => ({
    decision: await ask(claimDecider, decisionPrompt(claim, assessments)),
  }))
  .addEdge(START, "check_eligibility")
  .addEdge(START, "compare_rates")
  .addEdge(START, "check_fraud")
  .addEdge(["check_eligibility", "compare_rates", "check_fraud"], "decide")
  .addEdge("decide", END);
