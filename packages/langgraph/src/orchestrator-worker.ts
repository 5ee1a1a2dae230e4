import { restateContext } from "@durable-agents/langchain";
import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
import { implement } from "@restatedev/restate-sdk";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "#shared/agents/orchestrator-worker";
import { ResearchPlan, ResearchReport, ResearchWorker } from "#shared/contracts/orchestrator-worker";
import { chatModel, invoke, prompt } from "./durable-model.ts";

// #region orchestrate
const planner = chatModel(researchPlanner).withStructuredOutput(ResearchPlan);
const writer = chatModel(reportWriter);

type Finding = { question: string; answer: string };

const State = Annotation.Root({
  topic: Annotation<string>,
  tasks: Annotation<ResearchPlan["tasks"]>,
  findings: Annotation<Finding[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
  report: Annotation<string>,
});

export const researchGraph = new StateGraph(State)
  .addNode("plan", async ({ topic }) => planner.invoke(prompt(researchPlanner, topicPrompt(topic))))
  // Each worker is an invocation of its own, with its own journal and retries.
  .addNode("research", async ({ question }: { question: string }) => ({
    findings: [await restateContext().client(ResearchWorker).research({ question })],
  }))
  .addNode("write", async ({ topic, findings }) => {
    const { text } = await writer.invoke(prompt(reportWriter, reportPrompt(topic, findings)));
    return { report: text };
  })
  .addEdge(START, "plan")
  .addConditionalEdges("plan", ({ tasks }) => tasks.map((task) => new Send("research", task)), ["research"])
  .addEdge("research", "write")
  .addEdge("write", END)
  .compile();

export const researchReport = implement(ResearchReport, {
  handlers: {
    generate: async (ctx, { topic }) => {
      const { report, tasks } = await invoke(ctx, researchGraph, { topic });
      return { report, taskCount: tasks.length };
    },
  },
});
// #endregion orchestrate

// #region worker
const worker = chatModel(researcher);
export const researchWorker = implement(ResearchWorker, {
  handlers: {
    research: async (ctx, { question }) => {
      const { text: answer } = await invoke(ctx, worker, prompt(researcher, question));
      return { question, answer };
    },
  },
});
// #endregion worker
