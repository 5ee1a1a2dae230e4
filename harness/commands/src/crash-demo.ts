import { isDeepStrictEqual } from "node:util";
import {
  type Bench,
  callPath,
  crashDuring,
  type ExampleRequest,
  exampleRequest,
  freshKey,
  type RecordedCall,
} from "@durable-agents/testkit";

/** What one pattern did, undisturbed and killed in the middle: a row of the table, and a sample in the results file. */
export interface Sample {
  implementation: string;
  pattern: string;
  request: Pick<ExampleRequest, "name" | "call" | "body">;
  /** Model calls when nothing happens. */
  modelCalls: number;
  /** How many of them were completed, and in the journal, when SIGKILL came. */
  completedBeforeKill: number;
  repeated: { completed: number; inFlight: number };
  /** Whether the request was answered with 200 without anybody asking again. */
  recovered: boolean;
  sameAnswer: boolean;
  /** From "the process is back" to the next model call, in milliseconds. */
  untilNextCall: number | null;
  /** From "the process is back" to the answer, in milliseconds. */
  untilAnswer: number;
  undisturbed: { answer: unknown; calls: RecordedCall[] };
  crashed: { status: number; answer: unknown; calls: RecordedCall[] };
}

/** The rows of the table: a name for the reader and the request that is sent. */
export const demoPatterns: { pattern: string; request: ExampleRequest }[] = [
  { pattern: "orchestrator-worker", request: exampleRequest("research-durable-execution") },
  { pattern: "parallel analysis", request: exampleRequest("claim-analysis") },
  { pattern: "router", request: exampleRequest("router-billing") },
  { pattern: "agent with tools", request: exampleRequest("multi-agent") },
  { pattern: "agent, remote tools", request: exampleRequest("remote-agent") },
  { pattern: "session with handoff", request: exampleRequest("session-medical") },
  { pattern: "specialist team", request: exampleRequest("team-software-feature") },
];

/**
 * Runs a pattern once undisturbed and once with a SIGKILL after half of its model calls, with the next ones in flight.
 *
 * @throws Error if the undisturbed run fails, since then there is nothing to compare with
 */
export async function demonstrate(
  bench: Bench,
  implementation: string,
  { pattern, request }: { pattern: string; request: ExampleRequest },
): Promise<Sample> {
  bench.model.reset();
  const undisturbed = await bench.ingress.call(callPath(request, freshKey("session")), request.body);
  const calls = [...bench.model.calls];
  if (undisturbed.status !== 200) {
    throw new Error(`${request.call} of ${implementation}: ${undisturbed.status} ${JSON.stringify(undisturbed.body)}`);
  }

  const completedBeforeKill = Math.floor(calls.length / 2);
  const crash = await crashDuring(bench, { ...request, modelCalls: calls.length }, completedBeforeKill);
  return {
    implementation,
    pattern,
    request: { name: request.name, call: request.call, body: request.body },
    modelCalls: calls.length,
    completedBeforeKill,
    repeated: { completed: crash.repeatedCompleted.length, inFlight: crash.repeatedInFlight.length },
    recovered: crash.reply.status === 200,
    sameAnswer: isDeepStrictEqual(crash.reply.body, undisturbed.body),
    untilNextCall: crash.untilNextCall,
    untilAnswer: crash.untilAnswer,
    undisturbed: { answer: undisturbed.body, calls },
    crashed: { status: crash.reply.status, answer: crash.reply.body, calls: crash.calls },
  };
}

/** Whether a sample shows what durability promises. */
export const isDurable = ({ repeated, recovered, sameAnswer }: Sample) =>
  recovered && sameAnswer && repeated.completed === 0;
