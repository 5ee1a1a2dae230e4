import "#shared/drop-empty-variables";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { serve } from "@durable-agents/baseline-http";
import { multiAgentClaimSession, registerSessionQueue } from "./claim-session.ts";
import { multiAgentClaimApproval, remoteAgentClaimApproval } from "./multi-agent.ts";
import { researchReport, researchWorker } from "./orchestrator-worker.ts";
import {
  eligibilityService,
  fraudCheckService,
  parallelAgentClaimApproval,
  rateComparisonService,
} from "./parallel-claim-analysis.ts";
import { agentRouter } from "./router.ts";
import { createSessions } from "./sessions.ts";
import { specialistTeam, specialistWorker } from "./specialist-team.ts";

const { DATABASE_URL } = process.env;
if (!DATABASE_URL)
  throw new Error("DATABASE_URL is not set: DBOS needs a PostgreSQL, as in postgresql://user@host/name");

await createSessions();
DBOS.setConfig({ name: "dbos-baseline", systemDatabaseUrl: DATABASE_URL, logLevel: "error" });
// From here on, workflows that a crash has left behind go on.
await DBOS.launch();
await registerSessionQueue();

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
