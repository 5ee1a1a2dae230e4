import { DBOS } from "@dbos-inc/dbos-sdk";
import { client, endpoint } from "@durable-agents/baseline-http";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import { claimManager, claimPrompt, eligibilityAgent, fraudCheckAgent } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import { MAX_TURNS, MultiAgentClaimApproval, RemoteAgentClaimApproval } from "#shared/contracts/multi-agent";
import { EligibilityAgent, FraudCheckAgent } from "#shared/contracts/parallel-claim-analysis";
import { asking } from "./model.ts";
import { checkEligibility, checkFraud } from "./parallel-claim-analysis.ts";
import { running } from "./workflows.ts";

const runLocal = DBOS.registerWorkflow(
  (claim: Claim) =>
    decide(claim, {
      check_eligibility: () => checkEligibility(claim),
      check_fraud: () => checkFraud(claim),
    }),
  { name: "MultiAgentClaimApproval/run" },
);

const runRemote = DBOS.registerWorkflow(
  (claim: Claim) =>
    decide(claim, {
      check_eligibility: () => elsewhere("EligibilityAgent/run", client(EligibilityAgent).run, claim),
      check_fraud: () => elsewhere("FraudCheckAgent/run", client(FraudCheckAgent).run, claim),
    }),
  { name: "RemoteAgentClaimApproval/run" },
);

export const multiAgentClaimApproval = endpoint(MultiAgentClaimApproval, {
  run: running("MultiAgentClaimApproval/run", runLocal),
});
export const remoteAgentClaimApproval = endpoint(RemoteAgentClaimApproval, {
  run: running("RemoteAgentClaimApproval/run", runRemote),
});

/** A call to another service, as a step. The step has the same key each time, so a repeated one finds what it began. */
const elsewhere = (name: string, run: ReturnType<typeof client<typeof EligibilityAgent>>["run"], claim: Claim) =>
  DBOS.runStep(() => run(claim, { idempotencyKey: `${DBOS.workflowID}-${DBOS.stepID}` }), {
    name,
    retriesAllowed: true,
  });

/** What asks the specialists, here or elsewhere. */
type Specialists = Record<"check_eligibility" | "check_fraud", () => Promise<string>>;

/** The SDK's agent loop; it runs the tools of a turn at the same time. */
async function decide(claim: Claim, specialists: Specialists): Promise<string> {
  const specialist = (description: string, ask: () => Promise<string>) =>
    // The specialists get the claim from the request, not from the model, which could change it. Each tool asks DBOS for
    // one thing only, a step or a child workflow: DBOS numbers what a workflow starts, and chains of parallel tools get
    // their second numbers in the order in which the first ones end, which is another one after a crash.
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
