import { Agent } from "@openai/agents";
import { type Context, implement, RestatePromise } from "@restatedev/restate-sdk";
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
import { profile, run } from "./durable-model.ts";

// #region fan-out
const decider = new Agent(profile(claimDecider));

export const parallelAgentClaimApproval = implement(ParallelAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) => {
      const [eligibility, rates, fraud] = await RestatePromise.all([
        ctx.client(EligibilityAgent).run(claim),
        ctx.client(RateComparisonAgent).run(claim),
        ctx.client(FraudCheckAgent).run(claim),
      ]);
      const { finalOutput } = await run(ctx, decider, decisionPrompt(claim, { eligibility, rates, fraud }));
      return finalOutput;
    },
  },
});
// #endregion fan-out

// #region specialist
const assess = (agent: Agent) => async (ctx: Context, claim: Claim) => {
  const { finalOutput } = await run(ctx, agent, claimPrompt(claim));
  return finalOutput;
};

export const eligibilityService = implement(EligibilityAgent, {
  handlers: { run: assess(new Agent(profile(eligibilityAgent))) },
});
export const rateComparisonService = implement(RateComparisonAgent, {
  handlers: { run: assess(new Agent(profile(rateComparisonAgent))) },
});
export const fraudCheckService = implement(FraudCheckAgent, {
  handlers: { run: assess(new Agent(profile(fraudCheckAgent))) },
});
// #endregion specialist
