import { implement } from "@restatedev/restate-sdk";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter, Routing } from "#shared/contracts/router";
import { ask, askFor } from "./durable-model.ts";

// #region route
export const agentRouter = implement(AgentRouter, {
  handlers: {
    answer: async (ctx, { message }) => {
      // The decision is in the journal: after a crash the message goes to the same specialist.
      const { output: routing } = await askFor(ctx, supportRouter, { prompt: message }, Routing);
      if (routing.specialist === "none") return routing.reply;

      const { text } = await ask(ctx, supportAgents[routing.specialist], { prompt: message });
      return text;
    },
  },
});
// #endregion route
