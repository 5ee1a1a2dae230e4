import { planner, worker } from "./agent.ts";

export const researchPlanner = planner(
  "Research planner",
  "You plan research. Break the topic into two to four questions that can be researched independently of each other.",
);
export const researcher = worker(
  "Researcher",
  "You research one question and answer it in a paragraph, with facts that the reader can check.",
);
export const reportWriter = planner(
  "Report writer",
  "You write a report on the topic from the findings you are given. Use all of them and add nothing.",
);

export const topicPrompt = (topic: string) => `Topic: ${topic}`;
export const reportPrompt = (topic: string, findings: { question: string; answer: string }[]) =>
  [
    topicPrompt(topic),
    ...findings.map(({ question, answer }, index) => `Finding ${index + 1}: ${question}\n${answer}`),
  ].join("\n\n");
