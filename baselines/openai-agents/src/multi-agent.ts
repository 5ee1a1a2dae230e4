import { client, endpoint } from "@durable-agents/baseline-http";
import { Agent, type Tool, tool } from "@openai/agents";
import { z } from "zod";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { ask, profile } from "./model.ts";

const eligibility = new Agent(profile(eligibilityAgent));
const fraud = new Agent(profile(fraudCheckAgent));

// The specialists get the claim from the request, not from the model, which could change it.
const parameters = z.object({});

export const multiAgentClaimApproval = endpoint(MultiAgentClaimApproval, {
  run: async (claim) => {
    const specialist = (agent: Agent, toolName: string, toolDescription: string) =>
      agent.asTool({ toolName, toolDescription, parameters, inputBuilder: () => claimPrompt(claim) });
    return decide(claim, [
      specialist(eligibility, "check_eligibility", eligibilityAgent.instructions),
      specialist(fraud, "check_fraud", fraudCheckAgent.instructions),
    ]);
  },
});

export const remoteAgentClaimApproval = endpoint(RemoteAgentClaimApproval, {
  run: async (claim) =>
    decide(claim, [
      tool({
        name: "check_eligibility",
        description: eligibilityAgent.instructions,
        parameters,
        execute: () => client(EligibilityAgent).run(claim),
      }),
      tool({
        name: "check_fraud",
        description: fraudCheckAgent.instructions,
        parameters,
        execute: () => client(FraudCheckAgent).run(claim),
      }),
    ]),
});

/** The SDK's agent loop; the tools of a turn run at the same time. */
async function decide(claim: Claim, tools: Tool[]): Promise<string> {
  const manager = new Agent({ ...profile(claimManager), tools });
  const { finalOutput } = await ask(manager, claimPrompt(claim), { maxTurns: MAX_TURNS });
  return finalOutput;
}
