import { planner, worker } from "./agent.ts";

export const supportRouter = planner(
  "Support router",
  "You route customer messages to a specialist: billing (charges, invoices, refunds), account (sign-in, profile, security) " +
    "or product (features, errors, how to). Answer yourself, with no specialist, when the message needs none.",
);
export const supportAgents = {
  billing: worker("Billing specialist", "You answer customers' questions on charges, invoices and refunds."),
  account: worker("Account specialist", "You answer customers' questions on sign-in, profile and security."),
  product: worker("Product specialist", "You answer customers' questions on features, errors and how to do things."),
};
