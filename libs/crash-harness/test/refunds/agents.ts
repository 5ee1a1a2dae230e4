import { newestQuestion, type ScriptedAgent } from "../../src/index.ts";

export const agents: ScriptedAgent[] = [
  { name: "Clerk", instructions: "You decide.", answer: () => ({ text: "refund it" }) },
  { name: "Writer", instructions: "You write.", answer: (request) => ({ text: `Dear ${newestQuestion(request)}` }) },
];
