import { lane, withLanes } from "@durable-agents/lanes";
import { type Context, implement, TerminalError } from "@restatedev/restate-sdk";
import { hasTerminalToolError, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import type { AgentProfile } from "#shared/agents/agent";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { durableModel } from "./durable-model.ts";

// #region tools
export const multiAgentClaimApproval = implement(MultiAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) => {
      const ask = async (agent: AgentProfile) => {
        const { text } = await generateText({
          model: durableModel(ctx, agent),
          instructions: agent.instructions,
          prompt: claimPrompt(claim),
        });
        return text;
      };
      return decide(ctx, claim, {
        check_eligibility: () => ask(eligibilityAgent),
        check_fraud: () => ask(fraudCheckAgent),
      });
    },
  },
});
// #endregion tools

// #region remote
export const remoteAgentClaimApproval = implement(RemoteAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) =>
      decide(ctx, claim, {
        check_eligibility: () => ctx.client(EligibilityAgent).run(claim),
        check_fraud: () => ctx.client(FraudCheckAgent).run(claim),
      }),
  },
});
// #endregion remote

// #region loop
/** What asks the specialists, here or elsewhere. */
type Specialists = Record<"check_eligibility" | "check_fraud", () => PromiseLike<string>>;

/** The SDK's agent loop. */
async function decide(ctx: Context, claim: Claim, specialists: Specialists): Promise<string> {
  // The SDK runs the tools of a turn at the same time; in lanes they may all await the same context.
  withLanes(ctx);
  const specialist = (description: string, ask: () => PromiseLike<string>) =>
    tool({
      description,
      // The specialists get the claim from the request, not from the model, which could change it.
      inputSchema: z.object({}),
      execute: () => lane(ctx, async () => ask()),
    });

  const { text, steps } = await generateText({
    model: durableModel(ctx, claimManager),
    instructions: claimManager.instructions,
    prompt: claimPrompt(claim),
    tools: {
      check_eligibility: specialist(eligibilityAgent.instructions, specialists.check_eligibility),
      check_fraud: specialist(fraudCheckAgent.instructions, specialists.check_fraud),
    },
    stopWhen: [isStepCount(MAX_TURNS), hasTerminalToolError],
  });
  // The SDK shows a tool's errors to the model; a terminal one ends the run instead.
  for (const step of steps) rethrowTerminalToolError(step);
  if (steps.at(-1)?.toolCalls.length)
    throw new TerminalError(`${claimManager.name}: no decision after ${MAX_TURNS} turns`);
  return text;
}
// #endregion loop
