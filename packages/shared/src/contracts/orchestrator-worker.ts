import { iface } from "@restatedev/restate-sdk";
import { z } from "zod";
import { modelText, text } from "./text.ts";

export const ResearchReport = iface.service(
  "ResearchReport",
  {
    generate: iface.schemas({
      input: z
        .object({ topic: text("What the report is about") })
        .meta({ examples: [{ topic: "Benefits of durable execution in distributed systems" }] }),
      output: z.object({
        report: z.string(),
        taskCount: z.int().min(2).max(4).describe("How many questions were researched"),
      }),
    }),
  },
  { description: "An orchestrator plans two to four questions, has a worker research each, and writes the report" },
);

export const ResearchWorker = iface.service(
  "ResearchWorker",
  {
    research: iface.schemas({
      input: z
        .object({ question: text("The question to research") })
        .meta({ examples: [{ question: "How does a journal let a program resume after a crash?" }] }),
      output: z.object({ question: z.string(), answer: z.string() }),
    }),
  },
  { description: "Researches one question" },
);

/** What the planner is asked to fill. */
export const ResearchPlan = z.object({
  tasks: z
    .array(z.object({ question: modelText("A question that can be answered without knowing the other ones") }))
    .min(2)
    .max(4),
});
export type ResearchPlan = z.infer<typeof ResearchPlan>;
