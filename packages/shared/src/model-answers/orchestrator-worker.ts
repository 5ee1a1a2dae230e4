import { newestQuestion, type ScriptedAgent } from "@durable-agents/crash-harness";
import { reportWriter, researcher, researchPlanner } from "../agents/orchestrator-worker.ts";

export const researchAgents: ScriptedAgent[] = [
  { ...researchPlanner, answer: (request) => ({ object: { tasks: planResearch(topicOf(newestQuestion(request))) } }) },
  { ...researcher, answer: (request) => ({ text: research(newestQuestion(request)) }) },
  { ...reportWriter, answer: (request) => ({ text: writeReport(newestQuestion(request)) }) },
];

const topicOf = (prompt: string) => prompt.match(/^Topic: (.*)/s)?.[1] ?? prompt;

function planResearch(topic: string) {
  return [
    { question: `What is meant by "${topic}", and which problem does it address?` },
    { question: `What is known about the effects of "${topic}", and how well is it supported?` },
    { question: `What speaks against "${topic}", and what does it cost?` },
  ];
}

const research = (asked: string) => `${asked} In short: the sources agree on the outline and differ in the details.`;

function writeReport(prompt: string) {
  const [topic, ...findings] = prompt.split("\n\n");
  const sections = findings.map((finding) => finding.replace(/^Finding \d+: (.*)\n/, "## $1\n"));
  return [`# ${topic?.replace("Topic: ", "")}`, ...sections].join("\n\n");
}
