import { restateContext } from "@durable-agents/langchain";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { type Context, implement } from "@restatedev/restate-sdk";
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
import { chatModel, invoke, prompt } from "./durable-model.ts";

// #region fan-out
const decider = chatModel(claimDecider);

const State = Annotation.Root({
  claim: Annotation<Claim>,
  eligibility: Annotation<string>,
  rates: Annotation<string>,
  fraud: Annotation<string>,
  decision: Annotation<string>,
});

export const claimGraph = new StateGraph(State)
  .addNode("check_eligibility", async ({ claim }) => ({
    eligibility: await restateContext().client(EligibilityAgent).run(claim),
  }))
  .addNode("compare_rates", async ({ claim }) => ({
    rates: await restateContext().client(RateComparisonAgent).run(claim),
  }))
  .addNode("check_fraud", async ({ claim }) => ({ fraud: await restateContext().client(FraudCheckAgent).run(claim) }))
  .addNode("decide", async ({ claim, ...assessments }) => {
    const { text } = await decider.invoke(prompt(claimDecider, decisionPrompt(claim, assessments)));
    return { decision: text };
  })
  .addEdge(START, "check_eligibility")
  .addEdge(START, "compare_rates")
  .addEdge(START, "check_fraud")
  .addEdge(["check_eligibility", "compare_rates", "check_fraud"], "decide")
  .addEdge("decide", END)
  .compile();

export const parallelAgentClaimApproval = implement(ParallelAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) => (await invoke(ctx, claimGraph, { claim })).decision,
  },
});
// #endregion fan-out

// #region specialist
const assess = (agent: AgentProfile) => {
  const model = chatModel(agent);
  return async (ctx: Context, claim: Claim) => (await invoke(ctx, model, prompt(agent, claimPrompt(claim)))).text;
};

export const eligibilityService = implement(EligibilityAgent, { handlers: { run: assess(eligibilityAgent) } });
export const rateComparisonService = implement(RateComparisonAgent, { handlers: { run: assess(rateComparisonAgent) } });
export const fraudCheckService = implement(FraudCheckAgent, { handlers: { run: assess(fraudCheckAgent) } });
// #endregion specialist
