import { iface } from "@restatedev/restate-sdk";
import { Claim, ClaimText } from "./claim.ts";

// #region contract
const decision = { run: iface.schemas({ input: Claim, output: ClaimText }) };

export const MultiAgentClaimApproval = iface.service("MultiAgentClaimApproval", decision, {
  description: "An agent decides on a claim with specialists as tools, in the same process",
});

export const RemoteAgentClaimApproval = iface.service("RemoteAgentClaimApproval", decision, {
  description: "An agent decides on a claim with specialists as tools, which are durable calls to other services",
});
// #endregion contract

/** Model calls that the deciding agent may make for one claim, before it is stopped. */
export const MAX_TURNS = 8;
