import { durableAgentTool, durableTool } from "@durable-agents/openai-agents";
import { Agent, type Tool } from "@openai/agents";
import { type Context, implement } from "@restatedev/restate-sdk";
import { z } from "zod";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { profile, run } from "./durable-model.ts";

// #region tools
const eligibility = new Agent(profile(eligibilityAgent));
const fraud = new Agent(profile(fraudCheckAgent));

// The specialists get the claim from the request, not from the model, which could change it.
const parameters = z.object({});

export const multiAgentClaimApproval = implement(MultiAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) => {
      const specialist = (agent: Agent, toolName: string, toolDescription: string) =>
        durableAgentTool(agent, { toolName, toolDescription, parameters, inputBuilder: () => claimPrompt(claim) });
      return decide(ctx, claim, [
        specialist(eligibility, "check_eligibility", eligibilityAgent.instructions),
        specialist(fraud, "check_fraud", fraudCheckAgent.instructions),
      ]);
    },
  },
});
// #endregion tools

// #region remote
export const remoteAgentClaimApproval = implement(RemoteAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) =>
      decide(ctx, claim, [
        durableTool({
          name: "check_eligibility",
          description: eligibilityAgent.instructions,
          parameters,
          execute: () => ctx.client(EligibilityAgent).run(claim),
        }),
        durableTool({
          name: "check_fraud",
          description: fraudCheckAgent.instructions,
          parameters,
          execute: () => ctx.client(FraudCheckAgent).run(claim),
        }),
      ]),
  },
});
// #endregion remote

// #region loop
/** The SDK's agent loop; the tools of a turn run at the same time. */
async function decide(ctx: Context, claim: Claim, tools: Tool[]): Promise<string> {
  const manager = new Agent({ ...profile(claimManager), tools });
  const { finalOutput } = await run(ctx, manager, claimPrompt(claim), { maxTurns: MAX_TURNS });
  return finalOutput;
}
// #endregion loop
