import { iface } from "@restatedev/restate-sdk";
import { z } from "zod";
import { modelText, text } from "./text.ts";

/**
 * How many questions a plan may have: four, so that a topic costs six model calls at most. MAX_RESEARCH_TASKS in the
 * environment raises it for measurements: a fan-out of 256 then runs the code that readers see, not a copy of it. It is
 * read once, when the process starts, and has to be the same for all of them.
 */
export const MAX_RESEARCH_TASKS = maxResearchTasks(process.env.MAX_RESEARCH_TASKS);

// #region contract
export const ResearchReport = iface.service(
  "ResearchReport",
  {
    generate: iface.schemas({
      input: z
        .object({ topic: text("What the report is about") })
        .meta({ examples: [{ topic: "Benefits of durable execution in distributed systems" }] }),
      output: z.object({
        report: z.string().describe("Markdown, with a section for each question"),
        taskCount: z.int().min(2).max(MAX_RESEARCH_TASKS).describe("How many questions were researched"),
      }),
    }),
  },
  { description: "An orchestrator plans a few questions, has a worker research each, and writes the report" },
);

export const ResearchWorker = iface.service(
  "ResearchWorker",
  {
    research: iface.schemas({
      input: z
        .object({ question: text("The question to research") })
        .meta({ examples: [{ question: "How does a journal let a program resume after a crash?" }] }),
      output: z.object({
        question: z.string().describe("As it was asked"),
        answer: z.string().describe("What the worker found out"),
      }),
    }),
  },
  { description: "Researches one question" },
);
// #endregion contract

// #region plan
/** What the planner is asked to fill. */
export const ResearchPlan = z.object({
  tasks: z
    .array(z.object({ question: modelText("A question that can be answered without knowing the other ones") }))
    .min(2)
    .max(MAX_RESEARCH_TASKS),
});
export type ResearchPlan = z.infer<typeof ResearchPlan>;
// #endregion plan

function maxResearchTasks(value = ""): number {
  const tasks = Number(value.trim() || 4);
  if (Number.isInteger(tasks) && tasks >= 2) return tasks;
  throw new Error(`MAX_RESEARCH_TASKS is ${JSON.stringify(value)}; it takes a whole number from 2 on, or nothing`);
}
