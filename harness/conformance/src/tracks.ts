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
import { emptyKeyChecks, faultChecks, keylessChecks, stallChecks } from "./faults.ts";

/**
 * All checks. Tracks run beside each other, the longest first, each on a bench of its own; what measures overlap in
 * time comes last and alone.
 */
export const tracks: Track[] = [
  { name: "kills", needs: ["model", "process"], checks: [...killChecks, ...decisionChecks] },
  // It waits half a minute for a time limit, and needs next to no processor meanwhile.
  { name: "stall", needs: ["model"], checks: stallChecks },
  { name: "replays", needs: ["model"], bench: { server: { inactivityTimeoutSeconds: 0 } }, checks: replayChecks },
  { name: "faults", needs: ["model"], checks: faultChecks },
  { name: "server kills", needs: ["model", "process"], checks: [...serverKillChecks, ...deploymentChecks] },
  { name: "contract", needs: [], checks: contractChecks },
  { name: "calls", needs: ["model"], checks: [...callCountChecks, ...lifecycleChecks] },
  { name: "no key", needs: ["process"], bench: { environment: {} }, checks: keylessChecks },
  {
    name: "empty key",
    needs: ["process"],
    bench: { environment: { OPENAI_API_KEY: "", OPENAI_BASE_URL: "", OPENAI_MODEL: "" } },
    checks: emptyKeyChecks,
  },
];

/** Runs after all tracks, with the machine to itself. */
export const timedTrack: Track = { name: "concurrency", needs: ["model"], checks: concurrencyChecks };

export const allTracks = [...tracks, timedTrack];
