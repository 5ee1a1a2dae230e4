import { RestateSession } from "@durable-agents/openai-agents";
import { Agent } from "@openai/agents";
import { implement } from "@restatedev/restate-sdk";
import { claimAgents, claimIntake, claimPrompt } from "#shared/agents/claims";
import { MAX_SESSION_MESSAGES, MultiAgentClaimSession } from "#shared/contracts/claim-session";
import { profile, run } from "./durable-model.ts";

// #region session
const specialists = [new Agent(profile(claimAgents.medical)), new Agent(profile(claimAgents.car))];
const intake = new Agent({ ...profile(claimIntake), handoffs: specialists });

export const multiAgentClaimSession = implement(MultiAgentClaimSession, {
  handlers: {
    // A Virtual Object: one request at a time per session, and the state is stored with the journal.
    run: async (ctx, claim) => {
      const session = new RestateSession(ctx, { maxItems: MAX_SESSION_MESSAGES });
      const specialist = await ctx.get<string>("specialist");
      const agent = specialists.find(({ name }) => name === specialist) ?? intake;

      const { finalOutput, lastAgent } = await run(ctx, agent, claimPrompt(claim), { session });
      if (lastAgent && lastAgent !== intake) ctx.set("specialist", lastAgent.name);
      return finalOutput;
    },
  },
});
// #endregion session
