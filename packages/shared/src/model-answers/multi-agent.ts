import {
  callTools,
  type ModelAnswer,
  type ModelRequest,
  type ScriptedAgent,
  toolResults,
} from "@durable-agents/crash-harness";
import { claimManager } from "../agents/claims.ts";
import { claimOf, decide } from "./claims.ts";

/** Without the specialists, which are those of the parallel claim analysis. */
export const claimManagerAgents: ScriptedAgent[] = [{ ...claimManager, answer: manageClaim }];

function manageClaim(request: ModelRequest): ModelAnswer {
  const results = toolResults(request);
  return results.length === 0 ? callTools(request.tools) : { text: decide(claimOf(request), results.join("\n")) };
}
