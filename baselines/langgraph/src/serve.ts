import "#shared/drop-empty-variables";
import { serve } from "@durable-agents/baseline-http";
import { multiAgentClaimSession } from "./claim-session.ts";
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
import { prepareCheckpointer } from "./threads.ts";

// LangGraph looks at the outcome of a write when the graph has ended. Until then a rejected one is unhandled, and would end the
// process (https://github.com/langchain-ai/langgraphjs/issues/2838). Its request fails all the same.
process.on("unhandledRejection", (error) => console.error(`A checkpoint could not be written: ${error}`));

await prepareCheckpointer();
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
