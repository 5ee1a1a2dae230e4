import { endpoint } from "@durable-agents/baseline-http";
import { generateText, Output } from "ai";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "#shared/agents/orchestrator-worker";
import { ResearchPlan, ResearchReport, ResearchWorker } from "#shared/contracts/orchestrator-worker";
import { asking } from "./model.ts";

export const researchReport = endpoint(ResearchReport, {
  generate: async ({ topic }) => {
    const { output: plan } = await generateText({
      ...asking(researchPlanner),
      prompt: topicPrompt(topic),
      output: Output.object({ schema: ResearchPlan }),
    });

    const findings = await Promise.all(plan.tasks.map(({ question }) => research(question)));

    const { text: report } = await generateText({ ...asking(reportWriter), prompt: reportPrompt(topic, findings) });
    return { report, taskCount: plan.tasks.length };
  },
});

export const researchWorker = endpoint(ResearchWorker, { research: ({ question }) => research(question) });

async function research(question: string) {
  const { text: answer } = await generateText({ ...asking(researcher), prompt: question });
  return { question, answer };
}
