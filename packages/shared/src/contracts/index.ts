import { MultiAgentClaimSession } from "./claim-session.ts";
import { MultiAgentClaimApproval, RemoteAgentClaimApproval } from "./multi-agent.ts";
import { ResearchReport, ResearchWorker } from "./orchestrator-worker.ts";
import {
  EligibilityAgent,
  FraudCheckAgent,
  ParallelAgentClaimApproval,
  RateComparisonAgent,
} from "./parallel-claim-analysis.ts";
import { AgentRouter } from "./router.ts";
import { SpecialistTeam, SpecialistWorker } from "./specialist-team.ts";

/** Every service that an implementation serves. */
export const contracts = [
  ResearchReport,
  ResearchWorker,
  ParallelAgentClaimApproval,
  EligibilityAgent,
  RateComparisonAgent,
  FraudCheckAgent,
  AgentRouter,
  MultiAgentClaimApproval,
  RemoteAgentClaimApproval,
  MultiAgentClaimSession,
  SpecialistTeam,
  SpecialistWorker,
];
