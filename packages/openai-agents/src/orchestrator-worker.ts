import { Agent } from "@openai/agents";
import { implement, RestatePromise } from "@restatedev/restate-sdk";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "#shared/agents/orchestrator-worker";
import { ResearchPlan, ResearchReport, ResearchWorker } from "#shared/contracts/orchestrator-worker";
import { profile, run } from "./durable-model.ts";

// #region orchestrate
const planner = new Agent({ ...profile(researchPlanner), outputType: ResearchPlan });
const writer = new Agent(profile(reportWriter));

export const researchReport = implement(ResearchReport, {
  handlers: {
    generate: async (ctx, { topic }) => {
      const { finalOutput: plan } = await run(ctx, planner, topicPrompt(topic));

      // Each worker is an invocation of its own, with its own journal and retries.
      const findings = await RestatePromise.all(
        plan.tasks.map(({ question }) => ctx.client(ResearchWorker).research({ question })),
      );

      const { finalOutput: report } = await run(ctx, writer, reportPrompt(topic, findings));
      return { report, taskCount: plan.tasks.length };
    },
  },
});
// #endregion orchestrate

// #region worker
const worker = new Agent(profile(researcher));
export const researchWorker = implement(ResearchWorker, {
  handlers: {
    research: async (ctx, { question }) => {
      const { finalOutput: answer } = await run(ctx, worker, question);
      return { question, answer };
    },
  },
});
// #endregion worker
