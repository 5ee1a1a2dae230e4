import { type Context, implement, RestatePromise } from "@restatedev/restate-sdk";
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
import { durableModel } from "./durable-model.ts";

// #region fan-out
export const parallelAgentClaimApproval = implement(ParallelAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) => {
      const [eligibility, rates, fraud] = await RestatePromise.all([
        ctx.client(EligibilityAgent).run(claim),
        ctx.client(RateComparisonAgent).run(claim),
        ctx.client(FraudCheckAgent).run(claim),
      ]);
      const { text } = await generateText({
        model: durableModel(ctx, claimDecider),
        instructions: claimDecider.instructions,
        prompt: decisionPrompt(claim, { eligibility, rates, fraud }),
      });
      return text;
    },
  },
});
// #endregion fan-out

// #region specialist
const assess = (agent: AgentProfile) => async (ctx: Context, claim: Claim) => {
  const { text } = await generateText({
    model: durableModel(ctx, agent),
    instructions: agent.instructions,
    prompt: claimPrompt(claim),
  });
  return text;
};

export const eligibilityService = implement(EligibilityAgent, { handlers: { run: assess(eligibilityAgent) } });
export const rateComparisonService = implement(RateComparisonAgent, { handlers: { run: assess(rateComparisonAgent) } });
export const fraudCheckService = implement(FraudCheckAgent, { handlers: { run: assess(fraudCheckAgent) } });
// #endregion specialist
