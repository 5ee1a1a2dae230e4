import "#shared/drop-empty-variables";
import { randomInt } from "node:crypto";
import { implement } from "@restatedev/restate-sdk";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter, Routing } from "#shared/contracts/router";
import { serve } from "#shared/serve";
import { ask, askFor } from "../../../../packages/restate-only/src/durable-model.ts";
import { services } from "../../../../packages/restate-only/src/services.ts";

// #region next
const nextRouter = implement(AgentRouter, {
  handlers: {
    answer: async (ctx, { message }) => {
      // A step that the version before does not have: its journals do not fit this code.
      const ticket = await ctx.run("open a ticket", () => `Ticket ${randomInt(1_000, 10_000)}`);
      const { output: routing } = await askFor(ctx, supportRouter, { prompt: message }, Routing);
      if (routing.specialist === "none") return `${ticket}: ${routing.reply}`;
      const { text } = await ask(ctx, supportAgents[routing.specialist], { prompt: message });
      return `${ticket}: ${text}`;
    },
  },
});
// #endregion next

await serve(services.map((service) => (service.name === nextRouter.name ? nextRouter : service)));
