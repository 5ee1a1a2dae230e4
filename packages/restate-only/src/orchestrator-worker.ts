import { implement, RestatePromise } from "@restatedev/restate-sdk";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "#shared/agents/orchestrator-worker";
import { ResearchPlan, ResearchReport, ResearchWorker } from "#shared/contracts/orchestrator-worker";
import { ask, askFor } from "./durable-model.ts";

// #region orchestrate
export const researchReport = implement(ResearchReport, {
  handlers: {
    generate: async (ctx, { topic }) => {
      const { output: plan } = await askFor(ctx, researchPlanner, { prompt: topicPrompt(topic) }, ResearchPlan);

      // Each worker is an invocation of its own, with its own journal and retries.
      const findings = await RestatePromise.all(
        plan.tasks.map(({ question }) => ctx.client(ResearchWorker).research({ question })),
      );

      const { text: report } = await ask(ctx, reportWriter, { prompt: reportPrompt(topic, findings) });
      return { report, taskCount: plan.tasks.length };
    },
  },
});
// #endregion orchestrate

// #region worker
export const researchWorker = implement(ResearchWorker, {
  handlers: {
    research: async (ctx, { question }) => {
      const { text: answer } = await ask(ctx, researcher, { prompt: question });
      return { question, answer };
    },
  },
});
// #endregion worker
