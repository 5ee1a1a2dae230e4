import { endpoint } from "@durable-agents/baseline-http";
import { Agent } from "@openai/agents";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter } from "#shared/contracts/router";
import { ask, profile } from "./model.ts";

const billing = new Agent(profile(supportAgents.billing));
const account = new Agent(profile(supportAgents.account));
const product = new Agent(profile(supportAgents.product));
const router = new Agent({ ...profile(supportRouter), handoffs: [billing, account, product] });

export const agentRouter = endpoint(AgentRouter, {
  answer: async ({ message }) => {
    const { finalOutput } = await ask(router, message);
    return finalOutput;
  },
});
