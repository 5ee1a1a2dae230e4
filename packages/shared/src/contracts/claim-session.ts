import { iface } from "@restatedev/restate-sdk";
import { z } from "zod";
import { Claim, ClaimText } from "./claim.ts";

// #region contract
export const MultiAgentClaimSession = iface.object(
  "MultiAgentClaimSession",
  { run: iface.schemas({ input: Claim, output: ClaimText }) },
  { description: "An intake agent hands off to a medical or car specialist; the session remembers both" },
);
// #endregion contract

export const claimSpecialists = ["medical", "car"] as const;
export type ClaimSpecialist = (typeof claimSpecialists)[number];

/** What the intake agent is asked to fill: who takes over, or an answer of its own where neither fits. */
export const Intake = z
  .object({
    specialist: z.enum([...claimSpecialists, "none"]),
    reply: z.string().describe("The answer to the customer if neither specialist handles such claims, else empty"),
  })
  .refine(({ specialist, reply }) => specialist !== "none" || reply.trim() !== "", {
    path: ["reply"],
    error: "must not be empty when there is no specialist",
  });
export type Intake = z.infer<typeof Intake>;

/** Messages that a session keeps, newest last: ten turns. Older ones are forgotten, or its state would grow forever. */
export const MAX_SESSION_MESSAGES = 20;
