import type { ModelRequest, ScriptedAgent } from "@durable-agents/crash-harness";
import { claimAgents, claimIntake } from "../agents/claims.ts";
import { claimSpecialists } from "../contracts/claim-session.ts";
import { chooseSpecialist } from "./choose-specialist.ts";
import { claimKind, claimOf, dollars } from "./claims.ts";

export const claimSessionAgents: ScriptedAgent[] = [
  { ...claimIntake, answer: (request) => chooseSpecialist(request, claimSpecialists, claimKind(claimOf(request))) },
  { ...claimAgents.medical, answer: (request) => ({ text: settle(request, "medical", 50_000) }) },
  { ...claimAgents.car, answer: (request) => ({ text: settle(request, "car", 25_000) }) },
];

function settle(request: ModelRequest, kind: string, limit: number) {
  const claims = request.messages.filter(({ role }) => role === "user").length;
  const { amount, reason } = claimOf(request);
  const settled = amount <= limit ? "Approved" : `Referred to a manager, being above ${dollars(limit)}`;
  return `${settled}: ${dollars(amount)} for ${reason}. This is ${kind} claim ${claims} of this session.`;
}
