/** The patterns in the order in which they are listed, and what is shown of them. */
export const patterns: { name: string; summary: string; shownRequests: string[] }[] = [
  {
    name: "orchestrator-worker",
    summary: "a plan, workers in parallel, a report",
    shownRequests: ["research-durable-execution"],
  },
  {
    name: "parallel-claim-analysis",
    summary: "three specialists at once, one decision",
    shownRequests: ["claim-analysis"],
  },
  {
    name: "router",
    summary: "a decision that survives the crash",
    shownRequests: ["router-billing"],
  },
  {
    name: "multi-agent",
    summary: "an agent with specialists as tools, here or remote",
    shownRequests: ["multi-agent", "remote-agent"],
  },
  {
    name: "claim-session",
    summary: "handoff and conversation in a Virtual Object",
    shownRequests: ["session-medical"],
  },
  {
    name: "specialist-team",
    summary: "a planner that picks workers and orders their work",
    shownRequests: ["team-software-feature"],
  },
];
