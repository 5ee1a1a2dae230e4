import { endpoint } from "@durable-agents/baseline-http";
import { Agent } from "@openai/agents";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "#shared/agents/orchestrator-worker";
import { ResearchPlan, ResearchReport, ResearchWorker } from "#shared/contracts/orchestrator-worker";
import { ask, profile } from "./model.ts";

const planner = new Agent({ ...profile(researchPlanner), outputType: ResearchPlan });
const writer = new Agent(profile(reportWriter));
const worker = new Agent(profile(researcher));

export const researchReport = endpoint(ResearchReport, {
  generate: async ({ topic }) => {
    const { finalOutput: plan } = await ask(planner, topicPrompt(topic));

    const findings = await Promise.all(plan.tasks.map(({ question }) => research(question)));

    const { finalOutput: report } = await ask(writer, reportPrompt(topic, findings));
    return { report, taskCount: plan.tasks.length };
  },
});

export const researchWorker = endpoint(ResearchWorker, { research: ({ question }) => research(question) });

async function research(question: string) {
  const { finalOutput: answer } = await ask(worker, question);
  return { question, answer };
}
