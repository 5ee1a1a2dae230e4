import { implement } from "@restatedev/restate-sdk";
import { generateText, type ModelMessage, Output } from "ai";
import { claimAgents, claimIntake, claimPrompt } from "#shared/agents/claims";
import {
  type ClaimSpecialist,
  Intake,
  MAX_SESSION_MESSAGES,
  MultiAgentClaimSession,
} from "#shared/contracts/claim-session";
import { durableModel } from "./durable-model.ts";

// #region session
export const multiAgentClaimSession = implement(MultiAgentClaimSession, {
  handlers: {
    // A Virtual Object: one request at a time per session, and the state is stored with the journal.
    run: async (ctx, claim) => {
      const history = (await ctx.get<ModelMessage[]>("messages")) ?? [];
      const messages: ModelMessage[] = [...history, { role: "user", content: claimPrompt(claim) }];

      const answer = (text: string) => {
        // Written at the end: a request that fails leaves no half of a conversation behind.
        ctx.set("messages", [...messages, { role: "assistant", content: text }].slice(-MAX_SESSION_MESSAGES));
        return text;
      };

      let specialist = await ctx.get<ClaimSpecialist>("specialist");
      if (!specialist) {
        const { output: intake } = await generateText({
          model: durableModel(ctx, claimIntake, Intake),
          instructions: claimIntake.instructions,
          messages,
          output: Output.object({ schema: Intake }),
        });
        if (intake.specialist === "none") return answer(intake.reply);
        specialist = intake.specialist;
      }
      const { text } = await generateText({
        model: durableModel(ctx, claimAgents[specialist]),
        instructions: claimAgents[specialist].instructions,
        messages,
      });
      ctx.set("specialist", specialist);
      return answer(text);
    },
  },
});
// #endregion session
