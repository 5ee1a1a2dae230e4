import { implement, TerminalError } from "@restatedev/restate-sdk";
import { type ModelMessage, tool } from "ai";
import { approvalTool, claimReviewer } from "#shared/agents/claim-review";
import { claimPrompt } from "#shared/agents/claims";
import { ApprovalRequest, ClaimReview } from "#shared/contracts/examples/claim-review";
import { MAX_TURNS } from "#shared/contracts/multi-agent";
import { approvalOptions, decide, requireDecision, status, waitForDecision } from "#shared/examples/approval";
import { nextTurn } from "../src/durable-model.ts";

// #region approval
const tools = {
  [approvalTool.name]: tool({ description: approvalTool.description, inputSchema: ApprovalRequest }),
};

export const claimReview = implement(ClaimReview, {
  handlers: {
    run: async (ctx, { decideWithinSeconds, ...claim }) => {
      ctx.set("claim", claim);
      const messages: ModelMessage[] = [{ role: "user", content: claimPrompt(claim) }];
      for (let turn = 1; turn <= MAX_TURNS; turn++) {
        const { text, toolCalls, messages: answer } = await nextTurn(ctx, claimReviewer, messages, tools);
        const [call] = toolCalls;
        if (!call) {
          await requireDecision(ctx, claim);
          return text;
        }
        const decision = await waitForDecision(ctx, questionIn(answer), decideWithinSeconds);
        messages.push(...answer, {
          role: "tool",
          content: [{ type: "tool-result", ...call, output: { type: "json", value: decision } }],
        });
      }
      throw new TerminalError(`${claimReviewer.name}: no decision after ${MAX_TURNS} turns`);
    },
    decide,
    status,
  },
  options: approvalOptions,
});

/** What the model asks: the tool's input stands in the message that calls it, and has been checked. */
function questionIn(answer: ModelMessage[]): string {
  const parts = answer.flatMap(({ role, content }) =>
    role === "assistant" && typeof content !== "string" ? content : [],
  );
  const [input] = parts.flatMap((part) => (part.type === "tool-call" ? [part.input] : []));
  return ApprovalRequest.parse(input).question;
}
// #endregion approval
