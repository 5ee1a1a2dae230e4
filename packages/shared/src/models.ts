import type { AgentProfile } from "./agents/agent.ts";

/**
 * The model of an agent, from the environment: OPENAI_MODEL for workers, OPENAI_PLANNER_MODEL for planners and for
 * agents that put results together. With only OPENAI_MODEL set, all use that.
 */
export function modelName(tier: AgentProfile["tier"]): string {
  const { OPENAI_MODEL, OPENAI_PLANNER_MODEL } = process.env;
  return tier === "planner" ? OPENAI_PLANNER_MODEL || OPENAI_MODEL || "gpt-4.1" : OPENAI_MODEL || "gpt-4.1-mini";
}

/** Where the models are and the key to them, from the environment. An empty variable counts as none. */
export const modelServer = (): { baseURL: string; apiKey: string } => ({
  baseURL: process.env.OPENAI_BASE_URL || "https://api.openai.com/v1",
  apiKey: process.env.OPENAI_API_KEY ?? "",
});
