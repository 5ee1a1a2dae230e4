import { iface } from "@restatedev/restate-sdk";
import { z } from "zod";
import { text } from "./text.ts";

// #region contract
export const AgentRouter = iface.service(
  "AgentRouter",
  {
    answer: iface.schemas({
      input: z
        .object({ message: text("What the customer wrote") })
        .meta({ examples: [{ message: "I was charged twice for my subscription last month" }] }),
      output: z.string().describe("What the customer is told"),
    }),
  },
  { description: "Answers a customer, or routes the message to the billing, account or product specialist" },
);
// #endregion contract

// #region routing
export const supportSpecialists = ["billing", "account", "product"] as const;
export type SupportSpecialist = (typeof supportSpecialists)[number];

/** What the router is asked to fill: a specialist, or an answer of its own where none is needed. */
export const Routing = z
  .object({
    specialist: z.enum([...supportSpecialists, "none"]),
    reply: z.string().describe("The answer to the customer if no specialist is needed, else empty"),
  })
  .refine(({ specialist, reply }) => specialist !== "none" || reply.trim() !== "", {
    path: ["reply"],
    error: "must not be empty when there is no specialist",
  });
export type Routing = z.infer<typeof Routing>;
// #endregion routing
