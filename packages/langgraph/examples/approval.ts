import { durableMiddleware } from "@durable-agents/langchain";
import { interrupt } from "@langchain/langgraph";
import { implement } from "@restatedev/restate-sdk";
import { createAgent, tool } from "langchain";
import { approvalTool, claimReviewer } from "#shared/agents/claim-review";
import { claimPrompt } from "#shared/agents/claims";
import { ApprovalRequest, ClaimReview, type Decision } from "#shared/contracts/examples/claim-review";
import { MAX_TURNS } from "#shared/contracts/multi-agent";
import { approvalOptions, decide, requireDecision, status, waitForDecision } from "#shared/examples/approval";
import { chatModel, invoke } from "../src/durable-model.ts";

// #region approval
const requestApproval = tool(({ question }) => interrupt<string, Decision>(question), {
  ...approvalTool,
  schema: ApprovalRequest,
});

const reviewer = createAgent({
  model: chatModel(claimReviewer),
  systemPrompt: claimReviewer.instructions,
  tools: [requestApproval],
  middleware: [durableMiddleware(claimReviewer)],
});

export const claimReview = implement(ClaimReview, {
  handlers: {
    run: async (ctx, { decideWithinSeconds, ...claim }) => {
      ctx.set("claim", claim);
      const question = { messages: [{ role: "user", content: claimPrompt(claim) }] };
      const { messages } = await invoke(ctx, reviewer, question, {
        recursionLimit: 2 * MAX_TURNS,
        // What `interrupt` returns in the tool is what the awakeable is resolved with.
        onInterrupt: async ({ value, awakeableId }) =>
          ctx.resolveAwakeable(awakeableId, await waitForDecision(ctx, String(value), decideWithinSeconds)),
      });
      await requireDecision(ctx, claim);
      return messages.at(-1)?.text ?? "";
    },
    decide,
    status,
  },
  options: approvalOptions,
});
// #endregion approval
