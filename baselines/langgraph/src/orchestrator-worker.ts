import { endpoint } from "@durable-agents/baseline-http";
import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "#shared/agents/orchestrator-worker";
import { ResearchPlan, ResearchReport, ResearchWorker } from "#shared/contracts/orchestrator-worker";
import { chatModel, prompt } from "./model.ts";
import { checkpointer, runThread } from "./threads.ts";

const planner = chatModel(researchPlanner).withStructuredOutput(ResearchPlan);
const writer = chatModel(reportWriter);
const worker = chatModel(researcher);

type Finding = { question: string; answer: string };

const State = Annotation.Root({
  topic: Annotation<string>,
  tasks: Annotation<ResearchPlan["tasks"]>,
  findings: Annotation<Finding[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
  report: Annotation<string>,
});

async function research(question: string): Promise<Finding> {
  const { text } = await worker.invoke(prompt(researcher, question));
  return { question, answer: text };
}

const researchGraph = new StateGraph(State)
  .addNode("plan", async ({ topic }) => planner.invoke(prompt(researchPlanner, topicPrompt(topic))))
  .addNode("research", async ({ question }: { question: string }) => ({ findings: [await research(question)] }))
  .addNode("write", async ({ topic, findings }) => {
    const { text } = await writer.invoke(prompt(reportWriter, reportPrompt(topic, findings)));
    return { report: text };
  })
  .addEdge(START, "plan")
  .addConditionalEdges("plan", ({ tasks }) => tasks.map((task) => new Send("research", task)), ["research"])
  .addEdge("research", "write")
  .addEdge("write", END)
  .compile({ checkpointer });

export const researchReport = endpoint(ResearchReport, {
  generate: async ({ topic }, { idempotencyKey }) => {
    const { report, tasks } = await runThread(researchGraph, { topic }, `ResearchReport ${idempotencyKey}`);
    return { report, taskCount: tasks.length };
  },
});

export const researchWorker = endpoint(ResearchWorker, {
  research: async ({ question }) => research(question),
});
