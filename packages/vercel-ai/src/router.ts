import { implement } from "@restatedev/restate-sdk";
import { generateText, Output } from "ai";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter, Routing } from "#shared/contracts/router";
import { durableModel } from "./durable-model.ts";

// #region route
export const agentRouter = implement(AgentRouter, {
  handlers: {
    answer: async (ctx, { message }) => {
      // The decision is in the journal: after a crash the message goes to the same specialist.
      const { output: routing } = await generateText({
        model: durableModel(ctx, supportRouter, Routing),
        instructions: supportRouter.instructions,
        prompt: message,
        output: Output.object({ schema: Routing }),
      });
      if (routing.specialist === "none") return routing.reply;

      const specialist = supportAgents[routing.specialist];
      const { text } = await generateText({
        model: durableModel(ctx, specialist),
        instructions: specialist.instructions,
        prompt: message,
      });
      return text;
    },
  },
});
// #endregion route
