import { implement, RestatePromise } from "@restatedev/restate-sdk";
import { generateText, Output } from "ai";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "#shared/agents/orchestrator-worker";
import { ResearchPlan, ResearchReport, ResearchWorker } from "#shared/contracts/orchestrator-worker";
import { durableModel } from "./durable-model.ts";

// #region orchestrate
export const researchReport = implement(ResearchReport, {
  handlers: {
    generate: async (ctx, { topic }) => {
      const { output: plan } = await generateText({
        model: durableModel(ctx, researchPlanner, ResearchPlan),
        instructions: researchPlanner.instructions,
        prompt: topicPrompt(topic),
        output: Output.object({ schema: ResearchPlan }),
      });

      // Each worker is an invocation of its own, with its own journal and retries.
      const findings = await RestatePromise.all(
        plan.tasks.map(({ question }) => ctx.client(ResearchWorker).research({ question })),
      );

      const { text: report } = await generateText({
        model: durableModel(ctx, reportWriter),
        instructions: reportWriter.instructions,
        prompt: reportPrompt(topic, findings),
      });
      return { report, taskCount: plan.tasks.length };
    },
  },
});
// #endregion orchestrate

// #region worker
export const researchWorker = implement(ResearchWorker, {
  handlers: {
    research: async (ctx, { question }) => {
      const { text: answer } = await generateText({
        model: durableModel(ctx, researcher),
        instructions: researcher.instructions,
        prompt: question,
      });
      return { question, answer };
    },
  },
});
// #endregion worker
