import { type Context, implement, RestatePromise, TerminalError } from "@restatedev/restate-sdk";
import { type ModelMessage, type ToolSet, tool } from "ai";
import { z } from "zod";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { askAll, nextTurn } from "./durable-model.ts";

// #region tools
// The specialists get the claim from the request, not from the model, which could change it.
const tools = {
  check_eligibility: tool({ description: eligibilityAgent.instructions, inputSchema: z.object({}) }),
  check_fraud: tool({ description: fraudCheckAgent.instructions, inputSchema: z.object({}) }),
} satisfies ToolSet;
type ToolName = keyof typeof tools;

export const multiAgentClaimApproval = implement(MultiAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) => {
      const agents = { check_eligibility: eligibilityAgent, check_fraud: fraudCheckAgent };
      return decide(ctx, claim, async (toolNames) => {
        const question = { prompt: claimPrompt(claim) };
        const assessments = await askAll(
          ctx,
          toolNames.map((name) => ({ agent: agents[name], question })),
        );
        return assessments.map(({ text }) => text);
      });
    },
  },
});
// #endregion tools

// #region remote
export const remoteAgentClaimApproval = implement(RemoteAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) => {
      const services = { check_eligibility: EligibilityAgent, check_fraud: FraudCheckAgent };
      return decide(ctx, claim, (toolNames) =>
        RestatePromise.all(toolNames.map((name) => ctx.client(services[name]).run(claim))),
      );
    },
  },
});
// #endregion remote

// #region loop
/** The agent loop: the manager's turns, and in between the tools it calls, in parallel. */
async function decide(
  ctx: Context,
  claim: Claim,
  runTools: (names: ToolName[]) => PromiseLike<string[]>,
): Promise<string> {
  const messages: ModelMessage[] = [{ role: "user", content: claimPrompt(claim) }];
  for (let turn = 1; turn <= MAX_TURNS; turn++) {
    const { text, toolCalls, messages: answer } = await nextTurn(ctx, claimManager, messages, tools);
    if (toolCalls.length === 0) return text;

    const results = await runTools(toolCalls.map(({ toolName }) => toolName as ToolName));
    messages.push(...answer, {
      role: "tool",
      content: toolCalls.map((call, index) => ({
        type: "tool-result",
        ...call,
        output: { type: "text", value: results[index] ?? "" },
      })),
    });
  }
  throw new TerminalError(`${claimManager.name}: no decision after ${MAX_TURNS} turns`);
}
// #endregion loop
