import { MAX_ANSWER_LENGTH } from "@durable-agents/model-calls";
import { iface } from "@restatedev/restate-sdk";
import { z } from "zod";
import { modelText, text } from "./text.ts";

// #region teams
/** The teams and, for each, the pool of workers from which the planner picks. */
export const teams = {
  "software-feature": ["researcher", "coder", "tester", "doc_writer", "reviewer"],
  "data-analysis": ["statistician", "visualisation_planner", "hypothesis_tester", "storyteller"],
  "content-strategy": ["seo_specialist", "copywriter", "social_media", "editor"],
} as const;
// #endregion teams

export type TeamName = keyof typeof teams;
export type WorkerName = (typeof teams)[TeamName][number];

const TeamName = z.enum(Object.keys(teams) as [TeamName, ...TeamName[]]).describe("Which team works on it");
const WorkerName = z.enum(Object.values(teams).flat() as [WorkerName, ...WorkerName[]]);

/** One worker's part of the plan, with the workers whose output it needs. */
const Assignment = z.object({
  worker: WorkerName.describe("Who does it"),
  subtask: z.string().describe("What the worker was asked to do"),
  needs: z.array(WorkerName).describe("The workers whose output it was given"),
});
export type Assignment = z.infer<typeof Assignment>;

/** Model calls and tokens, as the model reported them. */
export const Usage = z.object({
  calls: z.int().describe("Model calls"),
  inputTokens: z.int().describe("Tokens of all prompts"),
  outputTokens: z.int().describe("Tokens of all answers"),
});
export type Usage = z.infer<typeof Usage>;

const goalExample = { team: "software-feature", goal: "Add rate limiting to a public HTTP API" };
const subtaskExample = {
  team: "software-feature",
  worker: "tester",
  subtask: "Write tests for the rate limiter",
  inputs: { coder: "class TokenBucket { take() { … } }" },
};

// #region contract
export const SpecialistTeam = iface.service(
  "SpecialistTeam",
  {
    run: iface.schemas({
      input: z.object({ team: TeamName, goal: text("What the team should deliver") }).meta({ examples: [goalExample] }),
      output: z.object({
        deliverable: z.string().describe("What the team made of the goal, in Markdown"),
        assignments: z.array(Assignment).describe("The plan"),
        workersUsed: z.array(WorkerName).describe("Those that the plan picked"),
        usage: Usage.describe("All model calls of the run"),
        estimatedCostUsd: z.number().nullable().describe("US dollars; null when the price table does not know a model"),
      }),
    }),
  },
  { description: "A planner picks the specialists that a goal needs; independent ones work in parallel" },
);

export const SpecialistWorker = iface.service(
  "SpecialistWorker",
  {
    work: iface.schemas({
      input: z
        .object({
          team: TeamName,
          worker: WorkerName.describe("Who works on it; one of this team"),
          subtask: text("What this worker should do"),
          inputs: z
            .partialRecord(WorkerName, z.string().max(MAX_ANSWER_LENGTH))
            .describe("The output of the workers that this one builds on, by worker"),
        })
        .refine(({ team, worker }) => (teams[team] as readonly WorkerName[]).includes(worker), {
          path: ["worker"],
          error: ({ input }) => {
            const { team, worker } = input as { team: TeamName; worker: string };
            return `the team ${team} has no ${worker}; it has ${teams[team].join(", ")}`;
          },
        })
        .meta({ examples: [subtaskExample] }),
      output: z.object({
        output: z.string().describe("What the worker delivers"),
        usage: Usage.describe("Its model call"),
      }),
    }),
  },
  { description: "One specialist of a team works on its part" },
);
// #endregion contract

/**
 * What the planner of a team is asked to fill: at least one assignment, each worker at most once, and no worker that waits in a
 * circle or for one that is not in the plan.
 */
export function teamPlan(team: TeamName) {
  const worker = z.enum(teams[team] as readonly WorkerName[] as [WorkerName, ...WorkerName[]]);
  return z.object({
    assignments: z
      .array(
        z.object({
          worker,
          subtask: modelText("What this worker should do, complete in itself"),
          needs: z.array(worker).max(teams[team].length).describe("The workers whose output this one needs first"),
        }),
      )
      .min(1)
      .max(teams[team].length)
      // A worker that waits for itself: that says nothing, and some models say it.
      .overwrite((assignments) =>
        assignments.map(({ needs, ...rest }) => ({ ...rest, needs: needs.filter((needed) => needed !== rest.worker) })),
      )
      .superRefine((assignments, check) => {
        const problem = planProblem(assignments);
        if (problem) check.addIssue({ code: "custom", message: problem });
      }),
  });
}

/** Why a plan can't be worked off, or undefined when it can. */
function planProblem(assignments: Assignment[]): string | undefined {
  const workers = assignments.map(({ worker }) => worker);
  const twice = workers.find((worker, index) => workers.indexOf(worker) !== index);
  if (twice) return `${twice} is assigned twice`;
  for (const { worker, needs } of assignments) {
    const missing = needs.find((needed) => !workers.includes(needed));
    if (missing) return `${worker} needs ${missing}, which the plan does not assign`;
  }
  const done = new Set<WorkerName>();
  while (done.size < workers.length) {
    const ready = readyAssignments(assignments, done, done);
    if (ready.length === 0) return `${workers.filter((worker) => !done.has(worker)).join(" and ")} wait for each other`;
    for (const { worker } of ready) done.add(worker);
  }
  return undefined;
}

/** Something that knows workers: a set, or a map by worker. */
type Workers = { has(worker: WorkerName): boolean };

/**
 * The assignments of a plan that can start now.
 *
 * @param assignments the plan
 * @param started the workers that have started, finished or not
 * @param done the workers that have delivered
 */
export function readyAssignments(assignments: Assignment[], started: Workers, done: Workers): Assignment[] {
  return assignments.filter(({ worker, needs }) => !started.has(worker) && needs.every((needed) => done.has(needed)));
}
