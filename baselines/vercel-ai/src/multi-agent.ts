import { client, endpoint } from "@durable-agents/baseline-http";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import type { AgentProfile } from "#shared/agents/agent";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { asking } from "./model.ts";

export const multiAgentClaimApproval = endpoint(MultiAgentClaimApproval, {
  run: async (claim) => {
    const ask = async (agent: AgentProfile) => {
      const { text } = await generateText({ ...asking(agent), prompt: claimPrompt(claim) });
      return text;
    };
    return decide(claim, {
      check_eligibility: () => ask(eligibilityAgent),
      check_fraud: () => ask(fraudCheckAgent),
    });
  },
});

export const remoteAgentClaimApproval = endpoint(RemoteAgentClaimApproval, {
  run: async (claim) =>
    decide(claim, {
      check_eligibility: () => client(EligibilityAgent).run(claim),
      check_fraud: () => client(FraudCheckAgent).run(claim),
    }),
});

/** What asks the specialists, here or elsewhere. */
type Specialists = Record<"check_eligibility" | "check_fraud", () => Promise<string>>;

/** The SDK's agent loop; it runs the tools of a turn at the same time. */
async function decide(claim: Claim, specialists: Specialists): Promise<string> {
  const specialist = (description: string, ask: () => Promise<string>) =>
    // The specialists get the claim from the request, not from the model, which could change it.
    tool({ description, inputSchema: z.object({}), execute: ask });

  const { text, steps } = await generateText({
    ...asking(claimManager),
    prompt: claimPrompt(claim),
    tools: {
      check_eligibility: specialist(eligibilityAgent.instructions, specialists.check_eligibility),
      check_fraud: specialist(fraudCheckAgent.instructions, specialists.check_fraud),
    },
    stopWhen: isStepCount(MAX_TURNS),
  });
  if (steps.at(-1)?.toolCalls.length) throw new Error(`${claimManager.name}: no decision after ${MAX_TURNS} turns`);
  return text;
}
