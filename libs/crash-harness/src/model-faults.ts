import { z } from "zod";
import type { RecordedCall } from "./mock-model.ts";
import type { ModelAnswer } from "./model-answers.ts";

/** What can be wrong with an answer. `answer` replaces it, `stall` never gives it, `reset` breaks the connection. */
export type ModelFault =
  | { kind: "status"; status: number; retryAfterSeconds?: number; message?: string }
  | { kind: "reset" }
  | { kind: "stall" }
  | { kind: "answer"; answer: ModelAnswer };

/** Which calls fail: those that `match` accepts, after the first `skip` of them, `times` times. */
export interface FaultRule {
  /** What is wrong with their answers. */
  fault: ModelFault;
  /** Whether a call is meant; all are unless set. */
  match?: (call: RecordedCall) => boolean;
  /** How many matching calls to leave alone first; 0 unless set. */
  skip?: number | undefined;
  /** How many calls fail; all unless set. */
  times?: number | undefined;
}

const RuleScope = z.strictObject({
  agent: z.string().optional(),
  skip: z.int().min(0).optional(),
  times: z.int().min(1).optional(),
});

/** A fault and its rule in one object, as `POST /faults` takes them. */
export const FaultFromOutside = z.discriminatedUnion("kind", [
  RuleScope.extend({
    kind: z.literal("status"),
    status: z.int().min(400).max(599),
    retryAfterSeconds: z.int().min(0).optional(),
    message: z.string().optional(),
  }),
  RuleScope.extend({ kind: z.literal("reset") }),
  RuleScope.extend({ kind: z.literal("stall") }),
  RuleScope.extend({
    kind: z.literal("answer"),
    answer: z.union([
      z.strictObject({ text: z.string(), finishReason: z.enum(["stop", "length", "content_filter"]).optional() }),
      z.strictObject({ object: z.unknown() }),
      z.strictObject({ toolCalls: z.array(z.strictObject({ name: z.string(), input: z.unknown() })) }),
    ]),
  }),
]);
