import { newestQuestion, type ScriptedAgent } from "@durable-agents/crash-harness";
import { claimDecider, eligibilityAgent, fraudCheckAgent, rateComparisonAgent } from "../agents/claims.ts";
import { assessEligibility, checkFraud, claimOf, compareRates, decide } from "./claims.ts";

export const claimAnalysisAgents: ScriptedAgent[] = [
  { ...eligibilityAgent, answer: (request) => ({ text: assessEligibility(claimOf(request)) }) },
  { ...rateComparisonAgent, answer: (request) => ({ text: compareRates(claimOf(request)) }) },
  { ...fraudCheckAgent, answer: (request) => ({ text: checkFraud(claimOf(request)) }) },
  { ...claimDecider, answer: (request) => ({ text: decide(claimOf(request), newestQuestion(request)) }) },
];
