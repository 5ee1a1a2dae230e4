import { Agent } from "@openai/agents";
import { implement } from "@restatedev/restate-sdk";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter } from "#shared/contracts/router";
import { profile, run } from "./durable-model.ts";

// #region route
const billing = new Agent(profile(supportAgents.billing));
const account = new Agent(profile(supportAgents.account));
const product = new Agent(profile(supportAgents.product));
const router = new Agent({ ...profile(supportRouter), handoffs: [billing, account, product] });

export const agentRouter = implement(AgentRouter, {
  handlers: {
    answer: async (ctx, { message }) => {
      // The handoff is in the journal: after a crash the message goes to the same specialist.
      const { finalOutput } = await run(ctx, router, message);
      return finalOutput;
    },
  },
});
// #endregion route
