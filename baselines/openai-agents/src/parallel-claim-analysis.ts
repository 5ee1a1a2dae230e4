import { endpoint } from "@durable-agents/baseline-http";
import { Agent } from "@openai/agents";
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
import { ask, profile } from "./model.ts";

const eligibilitySpecialist = new Agent(profile(eligibilityAgent));
const rateSpecialist = new Agent(profile(rateComparisonAgent));
const fraudSpecialist = new Agent(profile(fraudCheckAgent));
const decider = new Agent(profile(claimDecider));

export const parallelAgentClaimApproval = endpoint(ParallelAgentClaimApproval, {
  run: async (claim) => {
    const [eligibility, rates, fraud] = await Promise.all([
      assess(eligibilitySpecialist, claim),
      assess(rateSpecialist, claim),
      assess(fraudSpecialist, claim),
    ]);
    const { finalOutput } = await ask(decider, decisionPrompt(claim, { eligibility, rates, fraud }));
    return finalOutput;
  },
});

async function assess(agent: Agent, claim: Claim): Promise<string> {
  const { finalOutput } = await ask(agent, claimPrompt(claim));
  return finalOutput;
}

export const eligibilityService = endpoint(EligibilityAgent, { run: (claim) => assess(eligibilitySpecialist, claim) });
export const rateComparisonService = endpoint(RateComparisonAgent, { run: (claim) => assess(rateSpecialist, claim) });
export const fraudCheckService = endpoint(FraudCheckAgent, { run: (claim) => assess(fraudSpecialist, claim) });
