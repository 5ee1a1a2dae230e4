import { iface } from "@restatedev/restate-sdk";
import { z } from "zod";
import { Claim, ClaimText } from "../claim.ts";
import { text } from "../text.ts";

/** What the reviewing agent may approve by itself, in US dollars. */
export const APPROVAL_LIMIT = 10_000;

/** How long a claim waits for a decision unless it says otherwise, in seconds: seven days. */
export const DECIDE_WITHIN_SECONDS = 7 * 24 * 60 * 60;

/** A claim, and how long it may wait for a decision. */
export const ReviewRequest = z
  .object({
    ...Claim.shape,
    decideWithinSeconds: z
      .int()
      .min(1)
      .max(365 * 24 * 60 * 60)
      .default(DECIDE_WITHIN_SECONDS)
      .describe("After how long without a decision the claim is rejected; seven days unless set"),
  })
  .meta({
    examples: [
      {
        date: "2024-10-01",
        category: "orthopedic",
        reason: "hip replacement after a fall",
        amount: 18_000,
        placeOfService: "General Hospital",
      },
    ],
  });
export type ReviewRequest = z.infer<typeof ReviewRequest>;

/** What a person says to a claim. */
export const Decision = z
  .object({ approved: z.boolean(), reason: text("Why, for the customer and for the file") })
  .meta({ examples: [{ approved: true, reason: "The invoices are in order" }] });
export type Decision = z.infer<typeof Decision>;

/** What the tool `request_approval` asks the model for. */
export const ApprovalRequest = z.object({
  question: z.string().describe("What the person should decide, and what speaks for and against it, in two sentences"),
});
export type ApprovalRequest = z.infer<typeof ApprovalRequest>;

/** Where a claim stands. The claim is the customer's, not the model's words for it. */
export const ReviewStatus = z.object({
  status: z.enum(["in review", "waiting", "decided"]).describe("`waiting` is for a person"),
  question: z.string().nullable(),
  claim: Claim.nullable(),
  decision: Decision.nullable(),
});
export type ReviewStatus = z.infer<typeof ReviewStatus>;

/** An example beside the patterns: no implementation has to serve it, and the conformance suite does not judge it. */
export const ClaimReview = iface.workflow(
  "ClaimReview",
  {
    run: iface.schemas({
      input: ReviewRequest,
      output: ClaimText,
    }),
    decide: iface.schemas({ input: Decision, output: z.string() }),
    status: iface.schemas({ output: ReviewStatus }),
  },
  { description: "An agent decides on a claim, and asks a person above a limit; the key is the claim's number" },
);
