import { reportPrompt, reportWriter, researcher, researchPlanner, topicPrompt } from "@durable-agents/shared/agents";
import { ResearchPlan } from "@durable-agents/shared/contracts/orchestrator-worker";
import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
import { chatModel, prompt } from "./model.ts";

const planner = chatModel(researchPlanner).withStructuredOutput(ResearchPlan);
const worker = chatModel(researcher);
const writer = chatModel(reportWriter);

type Finding = { question: string; answer: string };

const State = Annotation.Root({
  topic: Annotation<string>,
  tasks: Annotation<ResearchPlan["tasks"]>,
  findings: Annotation<Finding[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
  report: Annotation<string>,
});

/** A plan, workers in parallel, a report: the work of `ResearchReport/generate`. */
export const researchGraph = new StateGraph(State)
  .addNode("plan", async ({ topic }) => planner.invoke(prompt(researchPlanner, topicPrompt(topic))))
  .addNode("research", async ({ question }: { question: string }) => {
    const { text } = await worker.invoke(prompt(researcher, question));
    return { findings: [{ question, answer: text }] };
  })
  .addNode("write", async ({ topic, findings }) => {
    const { text } = await writer.invoke(prompt(reportWriter, reportPrompt(topic, findings)));
    return { report: text };
  })
  .addEdge(START, "plan")
  .addConditionalEdges("plan", ({ tasks }) => tasks.map((task) => new Send("research", task)), ["research"])
  .addEdge("research", "write")
  .addEdge("write", END);
