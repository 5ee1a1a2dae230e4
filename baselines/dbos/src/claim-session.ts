import { DBOS } from "@dbos-inc/dbos-sdk";
import { endpoint } from "@durable-agents/baseline-http";
import { generateText, type ModelMessage, Output } from "ai";
import { claimAgents, claimIntake, claimPrompt } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import {
  type ClaimSpecialist,
  Intake,
  MAX_SESSION_MESSAGES,
  MultiAgentClaimSession,
} from "#shared/contracts/claim-session";
import { asking } from "./model.ts";
import { loadSession, saveSession } from "./sessions.ts";
import { polling, resultOf } from "./workflows.ts";

const QUEUE = "sessions";

/** Registers the queue in which the requests of a session wait for each other; those of two sessions do not. */
export const registerSessionQueue = () =>
  DBOS.registerQueue(QUEUE, { partitionConcurrency: 1, minPollingIntervalMs: polling.pollingIntervalMs });

const run = DBOS.registerWorkflow(
  async (sessionId: string, claim: Claim) => {
    const session = await step("Load the session", () => loadSession(sessionId));
    const messages: ModelMessage[] = [...session.messages, { role: "user", content: claimPrompt(claim) }];

    const answer = async (text: string, specialist: ClaimSpecialist | null) => {
      const conversation: ModelMessage[] = [...messages, { role: "assistant", content: text }];
      // Repeated, this writes the same: no other workflow of the session runs before this one has ended.
      await step("Save the session", () =>
        saveSession(sessionId, { messages: conversation.slice(-MAX_SESSION_MESSAGES), specialist }),
      );
      return text;
    };

    let { specialist } = session;
    if (!specialist) {
      const { output: intake } = await generateText({
        ...asking(claimIntake),
        messages,
        output: Output.object({ schema: Intake }),
      });
      if (intake.specialist === "none") return answer(intake.reply, null);
      specialist = intake.specialist;
    }
    const { text } = await generateText({ ...asking(claimAgents[specialist]), messages });
    return answer(text, specialist);
  },
  { name: "MultiAgentClaimSession/run" },
);

export const multiAgentClaimSession = endpoint(MultiAgentClaimSession, {
  run: (claim, { sessionId, idempotencyKey }) =>
    resultOf(
      run,
      {
        workflowID: `MultiAgentClaimSession/${sessionId}/run/${idempotencyKey}`,
        queueName: QUEUE,
        enqueueOptions: { queuePartitionKey: sessionId },
      },
      sessionId,
      claim,
    ),
});

/** A step that asks the database. It may be away for a while, as DBOS itself bears: ten attempts take 17 minutes. */
const step = <Result>(name: string, ask: () => Promise<Result>) =>
  DBOS.runStep(ask, { name, retriesAllowed: true, maxAttempts: 10 });
