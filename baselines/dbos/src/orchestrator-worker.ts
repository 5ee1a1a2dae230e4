import { DBOS } from "@dbos-inc/dbos-sdk";
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
import { all, running } from "./workflows.ts";

const generate = DBOS.registerWorkflow(
  async ({ topic }: { topic: string }) => {
    const { output: plan } = await generateText({
      ...asking(researchPlanner),
      prompt: topicPrompt(topic),
      output: Output.object({ schema: ResearchPlan }),
    });

    // Child workflows: a workflow may have one model call under way at a time.
    const findings = await all(plan.tasks.map(({ question }) => research({ question })));

    const { text: report } = await generateText({ ...asking(reportWriter), prompt: reportPrompt(topic, findings) });
    return { report, taskCount: plan.tasks.length };
  },
  { name: "ResearchReport/generate" },
);

const research = DBOS.registerWorkflow(
  async ({ question }: { question: string }) => {
    const { text: answer } = await generateText({ ...asking(researcher), prompt: question });
    return { question, answer };
  },
  { name: "ResearchWorker/research" },
);

export const researchReport = endpoint(ResearchReport, { generate: running("ResearchReport/generate", generate) });
export const researchWorker = endpoint(ResearchWorker, { research: running("ResearchWorker/research", research) });
