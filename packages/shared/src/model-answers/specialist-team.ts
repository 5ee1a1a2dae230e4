import { newestQuestion, type ScriptedAgent } from "@durable-agents/crash-harness";
import { teamPlanner, teamSynthesis, teamWorker } from "../agents/specialist-team.ts";
import { type TeamName, teams, type WorkerName } from "../contracts/specialist-team.ts";

export const teamAgents: ScriptedAgent[] = (Object.keys(teams) as TeamName[]).flatMap((team) => [
  {
    ...teamPlanner(team),
    answer: (request) => ({ object: { assignments: planTeam(team, goalOf(newestQuestion(request))) } }),
  },
  { ...teamSynthesis(team), answer: (request) => ({ text: synthesize(team, newestQuestion(request)) }) },
  ...teams[team].map(
    (worker): ScriptedAgent => ({
      ...teamWorker(team, worker),
      answer: (request) => ({ text: workOn(worker, newestQuestion(request)) }),
    }),
  ),
]);

const goalOf = (prompt: string) => prompt.match(/^Goal: (.*)/s)?.[1] ?? prompt;

/** Words in a goal that call for a worker, and the workers whose output it builds on. */
const duties: Record<WorkerName, { wanted?: RegExp; needs: WorkerName[]; does: string }> = {
  researcher: { wanted: /compare|choose|unknown|research|best/i, needs: [], does: "Find out what there is" },
  coder: { needs: ["researcher"], does: "Write the code" },
  tester: { needs: ["coder"], does: "Write and run tests of the code" },
  doc_writer: { wanted: /public|api|user|document/i, needs: ["coder"], does: "Document it for its users" },
  reviewer: { wanted: /secur|payment|critical|public/i, needs: ["coder", "tester"], does: "Review the result" },
  statistician: { needs: [], does: "Describe the data and choose the method" },
  visualisation_planner: {
    wanted: /chart|plot|visual|dashboard|show/i,
    needs: ["statistician"],
    does: "Plan the charts",
  },
  hypothesis_tester: {
    wanted: /whether|effect|cause|why|test|differ/i,
    needs: ["statistician"],
    does: "Test the hypothesis",
  },
  storyteller: {
    needs: ["statistician", "visualisation_planner", "hypothesis_tester"],
    does: "Tell what the data says",
  },
  seo_specialist: {
    wanted: /blog|site|web|search|seo|page/i,
    needs: [],
    does: "Find the terms that people search for",
  },
  copywriter: { needs: ["seo_specialist"], does: "Write the text" },
  social_media: { wanted: /social|launch|campaign|announce/i, needs: ["copywriter"], does: "Write the posts" },
  editor: { needs: ["copywriter", "social_media"], does: "Edit everything" },
};

function planTeam(team: TeamName, goal: string) {
  const used = teams[team].filter((worker) => duties[worker].wanted?.test(goal) ?? true) as WorkerName[];
  return used.map((worker) => ({
    worker,
    subtask: `${duties[worker].does}: ${goal}`,
    needs: duties[worker].needs.filter((needed) => used.includes(needed)),
  }));
}

function workOn(worker: string, prompt: string) {
  const inputs = [...prompt.matchAll(/^Output of (\w+):/gm)].map(([, name]) => name);
  const basis = inputs.length > 0 ? ` It builds on what ${inputs.join(" and ")} delivered.` : "";
  return `${worker} delivers: ${prompt.split("\n")[0]?.replace("Subtask: ", "")}.${basis}`;
}

function synthesize(team: string, prompt: string) {
  const [goal, ...outputs] = prompt.split("\n\n");
  return [`# ${goal?.replace("Goal: ", "")}`, `By the ${team} team.`, ...outputs].join("\n\n");
}
