import { type ModelAnswer, type ModelRequest, type ScriptedAgent, toolResults } from "@durable-agents/crash-harness";
import { approvalTool, claimReviewer } from "../agents/claim-review.ts";
import { APPROVAL_LIMIT, type Decision } from "../contracts/examples/claim-review.ts";
import { claimOf, dollars } from "./claims.ts";

export const claimReviewAgents: ScriptedAgent[] = [{ ...claimReviewer, answer: reviewClaim }];

function reviewClaim(request: ModelRequest): ModelAnswer {
  const { amount, reason } = claimOf(request);
  if (amount <= APPROVAL_LIMIT) return { text: `Approved: ${dollars(amount)} for ${reason}.` };
  const [said] = toolResults(request);
  if (!said) {
    const question = `${dollars(amount)} for ${reason}: above ${dollars(APPROVAL_LIMIT)}. Shall it be paid?`;
    return { toolCalls: [{ name: approvalTool.name, input: { question } }] };
  }
  const decision = JSON.parse(said) as Decision;
  return {
    text: `${decision.approved ? "Approved" : "Rejected"}: ${dollars(amount)} for ${reason}. ${decision.reason}.`,
  };
}
