import { endpoint } from "@durable-agents/baseline-http";
import { Agent, MemorySession } from "@openai/agents";
import { claimAgents, claimIntake, claimPrompt } from "#shared/agents/claims";
import { MultiAgentClaimSession } from "#shared/contracts/claim-session";
import { ask, profile } from "./model.ts";

const specialists = [new Agent(profile(claimAgents.medical)), new Agent(profile(claimAgents.car))];
const intake = new Agent({ ...profile(claimIntake), handoffs: specialists });

/** Conversations, and the last agent of each. They are gone with the process. */
const sessions = new Map<string, { session: MemorySession; agent: Agent }>();

export const multiAgentClaimSession = endpoint(MultiAgentClaimSession, {
  run: async (claim, { sessionId }) => {
    const { session, agent } = sessions.get(sessionId) ?? { session: new MemorySession({ sessionId }), agent: intake };
    sessions.set(sessionId, { session, agent });

    const { finalOutput, lastAgent } = await ask(agent, claimPrompt(claim), { session });
    sessions.set(sessionId, { session, agent: lastAgent ?? agent });
    return finalOutput;
  },
});
