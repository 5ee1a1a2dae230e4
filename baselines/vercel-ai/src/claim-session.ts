import { endpoint } from "@durable-agents/baseline-http";
import { generateText, type ModelMessage, Output } from "ai";
import { claimAgents, claimIntake, claimPrompt } from "#shared/agents/claims";
import {
  type ClaimSpecialist,
  Intake,
  MAX_SESSION_MESSAGES,
  MultiAgentClaimSession,
} from "#shared/contracts/claim-session";
import { asking } from "./model.ts";

/** What is known of a session. It is gone with the process. */
interface Session {
  messages: ModelMessage[];
  specialist?: ClaimSpecialist;
}

const sessions = new Map<string, Session>();

export const multiAgentClaimSession = endpoint(MultiAgentClaimSession, {
  run: async (claim, { sessionId }) => {
    const session = sessions.get(sessionId) ?? { messages: [] };
    const messages: ModelMessage[] = [...session.messages, { role: "user", content: claimPrompt(claim) }];

    const answer = (text: string, specialist?: ClaimSpecialist) => {
      const conversation: ModelMessage[] = [...messages, { role: "assistant", content: text }];
      sessions.set(sessionId, {
        messages: conversation.slice(-MAX_SESSION_MESSAGES),
        ...(specialist && { specialist }),
      });
      return text;
    };

    let { specialist } = session;
    if (!specialist) {
      const { output: intake } = await generateText({
        ...asking(claimIntake),
        messages,
        output: Output.object({ schema: Intake }),
      });
      if (intake.specialist === "none") return answer(intake.reply);
      specialist = intake.specialist;
    }
    const { text } = await generateText({ ...asking(claimAgents[specialist]), messages });
    return answer(text, specialist);
  },
});
