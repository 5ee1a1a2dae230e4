import { DBOS } from "@dbos-inc/dbos-sdk";
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
import { all, running } from "./workflows.ts";

const decide = DBOS.registerWorkflow(
  async (claim: Claim) => {
    const [eligibility, rates, fraud] = await all([checkEligibility(claim), compareRates(claim), checkFraud(claim)]);
    const { text } = await generateText({
      ...asking(claimDecider),
      prompt: decisionPrompt(claim, { eligibility, rates, fraud }),
    });
    return text;
  },
  { name: "ParallelAgentClaimApproval/run" },
);

const assess = (agent: AgentProfile, name: string) =>
  DBOS.registerWorkflow(
    async (claim: Claim) => {
      const { text } = await generateText({ ...asking(agent), prompt: claimPrompt(claim) });
      return text;
    },
    { name },
  );

export const checkEligibility = assess(eligibilityAgent, "EligibilityAgent/run");
const compareRates = assess(rateComparisonAgent, "RateComparisonAgent/run");
export const checkFraud = assess(fraudCheckAgent, "FraudCheckAgent/run");

export const parallelAgentClaimApproval = endpoint(ParallelAgentClaimApproval, {
  run: running("ParallelAgentClaimApproval/run", decide),
});
export const eligibilityService = endpoint(EligibilityAgent, {
  run: running("EligibilityAgent/run", checkEligibility),
});
export const rateComparisonService = endpoint(RateComparisonAgent, {
  run: running("RateComparisonAgent/run", compareRates),
});
export const fraudCheckService = endpoint(FraudCheckAgent, { run: running("FraudCheckAgent/run", checkFraud) });
