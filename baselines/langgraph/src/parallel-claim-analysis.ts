import { endpoint } from "@durable-agents/baseline-http";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import type { AgentProfile } from "#shared/agents/agent";
import {
  claimDecider,
  claimPrompt,
  decisionPrompt,
  eligibilityAgent,
  fraudCheckAgent,
  rateComparisonAgent,
} from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import {
  EligibilityAgent,
  FraudCheckAgent,
  ParallelAgentClaimApproval,
  RateComparisonAgent,
} from "#shared/contracts/parallel-claim-analysis";
import { chatModel, prompt } from "./model.ts";
import { checkpointer, runThread } from "./threads.ts";

const State = Annotation.Root({
  claim: Annotation<Claim>,
  eligibility: Annotation<string>,
  rates: Annotation<string>,
  fraud: Annotation<string>,
  decision: Annotation<string>,
});

const specialist = (agent: AgentProfile) => {
  const model = chatModel(agent);
  return async (claim: Claim) => (await model.invoke(prompt(agent, claimPrompt(claim)))).text;
};

/** What assesses a claim: nodes here, tools of the claim manager, and services of their own. */
export const checkEligibility = specialist(eligibilityAgent);
const compareRates = specialist(rateComparisonAgent);
export const checkFraud = specialist(fraudCheckAgent);

const decider = chatModel(claimDecider);

const claimGraph = new StateGraph(State)
  .addNode("check_eligibility", async ({ claim }) => ({ eligibility: await checkEligibility(claim) }))
  .addNode("compare_rates", async ({ claim }) => ({ rates: await compareRates(claim) }))
  .addNode("check_fraud", async ({ claim }) => ({ fraud: await checkFraud(claim) }))
  .addNode("decide", async ({ claim, ...assessments }) => {
    const { text } = await decider.invoke(prompt(claimDecider, decisionPrompt(claim, assessments)));
    return { decision: text };
  })
  .addEdge(START, "check_eligibility")
  .addEdge(START, "compare_rates")
  .addEdge(START, "check_fraud")
  .addEdge(["check_eligibility", "compare_rates", "check_fraud"], "decide")
  .addEdge("decide", END)
  .compile({ checkpointer });

export const parallelAgentClaimApproval = endpoint(ParallelAgentClaimApproval, {
  run: async (claim, { idempotencyKey }) =>
    (await runThread(claimGraph, { claim }, `ParallelAgentClaimApproval ${idempotencyKey}`)).decision,
});

// One model call leaves nothing to go on with, so these are no graphs and have no threads.
export const eligibilityService = endpoint(EligibilityAgent, { run: checkEligibility });
export const rateComparisonService = endpoint(RateComparisonAgent, { run: compareRates });
export const fraudCheckService = endpoint(FraudCheckAgent, { run: checkFraud });
