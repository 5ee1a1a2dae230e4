import "#shared/drop-empty-variables";
import { serve } from "@durable-agents/baseline-http";
import { multiAgentClaimSession } from "./claim-session.ts";
import { configureModels } from "./model.ts";
import { multiAgentClaimApproval, remoteAgentClaimApproval } from "./multi-agent.ts";
import { researchReport, researchWorker } from "./orchestrator-worker.ts";
import {
  eligibilityService,
  fraudCheckService,
  parallelAgentClaimApproval,
  rateComparisonService,
} from "./parallel-claim-analysis.ts";
import { agentRouter } from "./router.ts";
import { specialistTeam, specialistWorker } from "./specialist-team.ts";

configureModels();
await serve([
  researchReport,
  researchWorker,
  parallelAgentClaimApproval,
  eligibilityService,
  rateComparisonService,
  fraudCheckService,
  agentRouter,
  multiAgentClaimApproval,
  remoteAgentClaimApproval,
  multiAgentClaimSession,
  specialistTeam,
  specialistWorker,
]);
