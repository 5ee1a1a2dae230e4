import { durableTool } from "@durable-agents/openai-agents";
import { Agent } from "@openai/agents";
import { implement } from "@restatedev/restate-sdk";
import { approvalTool, claimReviewer } from "#shared/agents/claim-review";
import { claimPrompt } from "#shared/agents/claims";
import { ApprovalRequest, ClaimReview } from "#shared/contracts/examples/claim-review";
import { MAX_TURNS } from "#shared/contracts/multi-agent";
import { approvalOptions, decide, requireDecision, status, waitForDecision } from "#shared/examples/approval";
import { profile, run } from "../src/durable-model.ts";

// #region approval
export const claimReview = implement(ClaimReview, {
  handlers: {
    run: async (ctx, { decideWithinSeconds, ...claim }) => {
      ctx.set("claim", claim);
      const reviewer = new Agent({
        ...profile(claimReviewer),
        tools: [
          durableTool({
            ...approvalTool,
            parameters: ApprovalRequest,
            // Not `needsApproval`: that asks yes or no, and here the model has to hear the reason, too.
            execute: ({ question }) => waitForDecision(ctx, question, decideWithinSeconds),
          }),
        ],
      });
      const { finalOutput } = await run(ctx, reviewer, claimPrompt(claim), { maxTurns: MAX_TURNS });
      await requireDecision(ctx, claim);
      return finalOutput;
    },
    decide,
    status,
  },
  options: approvalOptions,
});
// #endregion approval
