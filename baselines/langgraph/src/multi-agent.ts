import { client, endpoint } from "@durable-agents/baseline-http";
import { createAgent, type ToolRuntime, tool } from "langchain";
import { z } from "zod";
import type { AgentProfile } from "#shared/agents/agent";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { chatModel } from "./model.ts";
import { checkEligibility, checkFraud } from "./parallel-claim-analysis.ts";
import { checkpointer, runThread } from "./threads.ts";

/** Asks a specialist, here or elsewhere. */
type Specialist = (claim: Claim) => Promise<string>;

// The specialists get the claim from the request, not from the model, which could change it.
const context = z.object({ claim: Claim });
type Runtime = ToolRuntime<unknown, typeof context>;

const specialistTool = (name: string, { instructions }: AgentProfile, ask: Specialist) =>
  tool(async (_input: object, runtime: Runtime) => ask(runtime.context.claim), {
    name,
    description: instructions,
    schema: z.object({}),
  });

/** The claim manager; the tools of a turn run at the same time. */
const managerAgent = (specialists: { eligibility: Specialist; fraud: Specialist }) =>
  createAgent({
    model: chatModel(claimManager),
    systemPrompt: claimManager.instructions,
    tools: [
      specialistTool("check_eligibility", eligibilityAgent, specialists.eligibility),
      specialistTool("check_fraud", fraudCheckAgent, specialists.fraud),
    ],
    contextSchema: context,
    checkpointer,
  });

const localAgent = managerAgent({ eligibility: checkEligibility, fraud: checkFraud });
const remoteAgent = managerAgent({
  eligibility: (claim) => client(EligibilityAgent).run(claim),
  fraud: (claim) => client(FraudCheckAgent).run(claim),
});

async function decide(agent: typeof localAgent, claim: Claim, threadId: string): Promise<string> {
  const question = { messages: [{ role: "user", content: claimPrompt(claim) }] };
  // A turn is two steps of the graph: the model, and the tools that it calls.
  const options = { context: { claim }, recursionLimit: 2 * MAX_TURNS };
  const { messages } = await runThread(agent.graph, question, threadId, options);
  return messages.at(-1)?.text ?? "";
}

export const multiAgentClaimApproval = endpoint(MultiAgentClaimApproval, {
  run: async (claim, { idempotencyKey }) => decide(localAgent, claim, `MultiAgentClaimApproval ${idempotencyKey}`),
});

export const remoteAgentClaimApproval = endpoint(RemoteAgentClaimApproval, {
  run: async (claim, { idempotencyKey }) => decide(remoteAgent, claim, `RemoteAgentClaimApproval ${idempotencyKey}`),
});
