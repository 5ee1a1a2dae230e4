import { isDeepStrictEqual } from "node:util";
import { callPath, type ExampleRequest, exampleRequest, freshKey, type RecordedCall } from "@durable-agents/testkit";
import type { RunningSystem } from "./systems.ts";

/** What came of one request that was killed. */
export interface Sample {
  system: string;
  pattern: string;
  request: Pick<ExampleRequest, "name" | "call" | "body">;
  /** How many model calls were completed, and stored, when SIGKILL came. */
  completedBeforeKill: number;
  /** How many waited for an answer then. */
  inFlightAtKill: number;
  /** Who made it go on when the process was back; null if nobody could. */
  resumedBy: "itself" | "the caller" | null;
  /** The status of the answer. */
  status: number;
  /** Whether it is the answer of the undisturbed run. */
  sameAnswer: boolean;
  repeated: { completed: number; inFlight: number };
  /** From the process being back or, where the caller had to ask again, from then on, to the answer; milliseconds. */
  untilAnswer: number;
  calls: RecordedCall[];
}

/** The patterns that are compared: a name for the reader and the request that is sent. */
export const patterns = [
  { pattern: "orchestrator-worker", request: exampleRequest("research-durable-execution") },
  { pattern: "parallel analysis", request: exampleRequest("claim-analysis") },
];

/**
 * Runs a pattern once undisturbed, and then once for each of its model calls, killed with SIGKILL while that is in flight.
 *
 * @throws Error if the undisturbed run fails, since then there is nothing to compare with
 */
export async function compare(
  name: string,
  system: RunningSystem,
  { pattern, request }: (typeof patterns)[number],
): Promise<Sample[]> {
  system.model.reset();
  const undisturbed = await system.client.call(callPath(request, freshKey("session")), request.body);
  const modelCalls = system.model.calls.length;
  if (undisturbed.status !== 200 || modelCalls !== request.modelCalls) {
    const answer = `${undisturbed.status} ${JSON.stringify(undisturbed.body)}`;
    throw new Error(`${request.call} of ${name}: ${answer} after ${modelCalls} of ${request.modelCalls} model calls`);
  }
  const samples: Sample[] = [];
  for (let completed = 0; completed < modelCalls; completed++) {
    const crash = await system.crash(request, completed);
    samples.push({
      system: name,
      pattern,
      request: { name: request.name, call: request.call, body: request.body },
      completedBeforeKill: completed,
      inFlightAtKill: crash.inFlight.length,
      resumedBy: crash.resumedBy,
      status: crash.reply.status,
      sameAnswer: isDeepStrictEqual(crash.reply.body, undisturbed.body),
      repeated: { completed: crash.repeatedCompleted.length, inFlight: crash.repeatedInFlight.length },
      untilAnswer: crash.untilAnswer,
      calls: crash.calls,
    });
  }
  return samples;
}
