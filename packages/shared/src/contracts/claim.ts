import { z } from "zod";
import { text } from "./text.ts";

// #region contract
/** An insurance claim, the input of all claim patterns. `amount` is in US dollars. */
export const Claim = z
  .object({
    date: z.iso.date().describe("The day it happened, YYYY-MM-DD"),
    category: text("What kind of claim it is, such as orthopedic, dental or car", 100),
    reason: text("What happened and what is claimed"),
    amount: z.number().positive().max(10_000_000).describe("US dollars"),
    placeOfService: text("The hospital, practice or garage", 200),
  })
  .meta({
    examples: [
      {
        date: "2024-10-01",
        category: "orthopedic",
        reason: "hospital bill for a broken leg",
        amount: 3000,
        placeOfService: "General Hospital",
      },
    ],
  });
export type Claim = z.infer<typeof Claim>;
// #endregion contract

/** The decision on a claim, or one specialist's assessment of it, as prose. */
export const ClaimText = z
  .string()
  .describe("The decision on a claim, or a specialist's assessment of it, as prose")
  .meta({ examples: ["Approved: the claim is covered, priced as usual and plausible."] });
