import { endpoint } from "@durable-agents/baseline-http";
import { generateText } from "ai";
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
import { asking } from "./model.ts";

export const parallelAgentClaimApproval = endpoint(ParallelAgentClaimApproval, {
  run: async (claim) => {
    const [eligibility, rates, fraud] = await Promise.all([
      assess(eligibilityAgent, claim),
      assess(rateComparisonAgent, claim),
      assess(fraudCheckAgent, claim),
    ]);
    const { text } = await generateText({
      ...asking(claimDecider),
      prompt: decisionPrompt(claim, { eligibility, rates, fraud }),
    });
    return text;
  },
});

async function assess(agent: AgentProfile, claim: Claim): Promise<string> {
  const { text } = await generateText({ ...asking(agent), prompt: claimPrompt(claim) });
  return text;
}

export const eligibilityService = endpoint(EligibilityAgent, { run: (claim) => assess(eligibilityAgent, claim) });
export const rateComparisonService = endpoint(RateComparisonAgent, {
  run: (claim) => assess(rateComparisonAgent, claim),
});
export const fraudCheckService = endpoint(FraudCheckAgent, { run: (claim) => assess(fraudCheckAgent, claim) });
