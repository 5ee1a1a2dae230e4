/** An agent as every implementation sees it: its name in errors and in the UI, what it is told, and how strong its model is. */
export interface AgentProfile {
  name: string;
  instructions: string;
  /** Planners may use a stronger model than workers; see models.ts. */
  tier: "worker" | "planner";
}

export const worker = (name: string, instructions: string): AgentProfile => ({ name, instructions, tier: "worker" });
export const planner = (name: string, instructions: string): AgentProfile => ({ name, instructions, tier: "planner" });
