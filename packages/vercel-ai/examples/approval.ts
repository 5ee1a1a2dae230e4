import { lane, withLanes } from "@durable-agents/lanes";
import { implement, TerminalError } from "@restatedev/restate-sdk";
import { hasTerminalToolError, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool } from "ai";
import { approvalTool, claimReviewer } from "#shared/agents/claim-review";
import { claimPrompt } from "#shared/agents/claims";
import { ApprovalRequest, ClaimReview } from "#shared/contracts/examples/claim-review";
import { MAX_TURNS } from "#shared/contracts/multi-agent";
import { approvalOptions, decide, requireDecision, status, waitForDecision } from "#shared/examples/approval";
import { durableModel } from "../src/durable-model.ts";

// #region approval
export const claimReview = implement(ClaimReview, {
  handlers: {
    run: async (ctx, { decideWithinSeconds, ...claim }) => {
      ctx.set("claim", claim);
      withLanes(ctx);
      const { text, steps } = await generateText({
        model: durableModel(ctx, claimReviewer),
        instructions: claimReviewer.instructions,
        prompt: claimPrompt(claim),
        tools: {
          [approvalTool.name]: tool({
            description: approvalTool.description,
            inputSchema: ApprovalRequest,
            // A tool like any other: its promise is in the journal, so it may take days.
            execute: ({ question }) => lane(ctx, () => waitForDecision(ctx, question, decideWithinSeconds)),
          }),
        },
        stopWhen: [isStepCount(MAX_TURNS), hasTerminalToolError],
      });
      for (const step of steps) rethrowTerminalToolError(step);
      if (steps.at(-1)?.toolCalls.length)
        throw new TerminalError(`${claimReviewer.name}: no decision after ${MAX_TURNS} turns`);
      await requireDecision(ctx, claim);
      return text;
    },
    decide,
    status,
  },
  options: approvalOptions,
});
// #endregion approval
