import { durableMiddleware } from "@durable-agents/langchain";
import { type Context, implement } from "@restatedev/restate-sdk";
import { createAgent, tool } from "langchain";
import { z } from "zod";
import type { AgentProfile } from "#shared/agents/agent";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { chatModel, invoke, prompt } from "./durable-model.ts";

// #region tools
const [eligibility, fraud] = [chatModel(eligibilityAgent), chatModel(fraudCheckAgent)];

export const multiAgentClaimApproval = implement(MultiAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) =>
      decide(ctx, claim, {
        check_eligibility: async () => (await eligibility.invoke(prompt(eligibilityAgent, claimPrompt(claim)))).text,
        check_fraud: async () => (await fraud.invoke(prompt(fraudCheckAgent, claimPrompt(claim)))).text,
      }),
  },
});
// #endregion tools

// #region remote
export const remoteAgentClaimApproval = implement(RemoteAgentClaimApproval, {
  handlers: {
    run: async (ctx, claim) =>
      decide(ctx, claim, {
        check_eligibility: async () => ctx.client(EligibilityAgent).run(claim),
        check_fraud: async () => ctx.client(FraudCheckAgent).run(claim),
      }),
  },
});
// #endregion remote

// #region loop
/** What asks the specialists, here or elsewhere. */
type Specialists = Record<"check_eligibility" | "check_fraud", () => Promise<string>>;

/** The claim manager; the tools of a turn run at the same time. */
export const managerAgent = (specialists: Specialists) => {
  // The specialists get the claim from the request, not from the model, which could change it.
  const specialist = (name: keyof Specialists, { instructions }: AgentProfile) =>
    tool(specialists[name], { name, description: instructions, schema: z.object({}) });
  return createAgent({
    model: chatModel(claimManager),
    systemPrompt: claimManager.instructions,
    tools: [specialist("check_eligibility", eligibilityAgent), specialist("check_fraud", fraudCheckAgent)],
    middleware: [durableMiddleware(claimManager)],
  });
};

async function decide(ctx: Context, claim: Claim, specialists: Specialists): Promise<string> {
  const question = { messages: [{ role: "user", content: claimPrompt(claim) }] };
  // A turn is two steps of the graph: the model, and the tools that it calls.
  const { messages } = await invoke(ctx, managerAgent(specialists), question, { recursionLimit: 2 * MAX_TURNS });
  return messages.at(-1)?.text ?? "";
}
// #endregion loop
