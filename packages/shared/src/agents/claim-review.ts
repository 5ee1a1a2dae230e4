import { APPROVAL_LIMIT } from "../contracts/examples/claim-review.ts";
import { planner } from "./agent.ts";

export const claimReviewer = planner(
  "Claim reviewer",
  `You decide on an insurance claim. You may approve up to $${APPROVAL_LIMIT.toLocaleString("en-US")} yourself. For more, ` +
    "call request_approval: a person decides, and you say what that person decided, and why.",
);
export const approvalTool = {
  name: "request_approval",
  description: "Asks a person to decide on the claim, and waits for the decision, which may take days.",
};
