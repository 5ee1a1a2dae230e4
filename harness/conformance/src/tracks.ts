import type { Track } from "./check.ts";
import { concurrencyChecks } from "./concurrency.ts";
import { callCountChecks, contractChecks } from "./contract.ts";
import {
  decisionChecks,
  deploymentChecks,
  killChecks,
  lifecycleChecks,
  replayChecks,
  serverKillChecks,
} from "./durability.ts";
import { emptyKeyChecks, faultChecks, invalidResponseChecks, keylessChecks, stallChecks } from "./faults.ts";

/** All checks. Tracks run beside each other, the longest first; those that need another environment are first or last. */
export const tracks: Track[] = [
  { name: "replays", needs: ["model"], server: { inactivityTimeoutSeconds: 0 }, checks: replayChecks },
  { name: "kills", needs: ["model", "process"], checks: [...killChecks, ...decisionChecks] },
  { name: "invalid responses", needs: ["model"], checks: invalidResponseChecks },
  { name: "faults", needs: ["model"], checks: faultChecks },
  { name: "server kills", needs: ["model", "process"], checks: [...serverKillChecks, ...deploymentChecks] },
  { name: "contract", needs: [], checks: contractChecks },
  { name: "concurrency", needs: ["model"], checks: concurrencyChecks },
  { name: "calls", needs: ["model"], checks: [...callCountChecks, ...lifecycleChecks] },
  // It waits for a time limit, which is short here.
  { name: "stall", needs: ["model"], env: { ANSWER_TIMEOUT_SECONDS: "3" }, checks: stallChecks },
  {
    name: "no key",
    needs: ["process"],
    env: { OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined },
    checks: keylessChecks,
  },
  {
    name: "empty key",
    needs: ["process"],
    env: { OPENAI_API_KEY: "", OPENAI_BASE_URL: "", OPENAI_MODEL: "" },
    checks: emptyKeyChecks,
  },
];
