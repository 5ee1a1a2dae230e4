import { iface } from "@restatedev/restate-sdk";
import { Claim, ClaimText } from "./claim.ts";

// #region contract
const assessment = { run: iface.schemas({ input: Claim, output: ClaimText }) };

export const ParallelAgentClaimApproval = iface.service(
  "ParallelAgentClaimApproval",
  { run: iface.schemas({ input: Claim, output: ClaimText }) },
  { description: "Three specialists assess a claim in parallel, then one decision is made from their assessments" },
);

export const EligibilityAgent = iface.service("EligibilityAgent", assessment, {
  description: "Says whether a claim is covered",
});

export const RateComparisonAgent = iface.service("RateComparisonAgent", assessment, {
  description: "Says whether the amount of a claim is usual for what was done",
});

export const FraudCheckAgent = iface.service("FraudCheckAgent", assessment, {
  description: "Says whether a claim shows signs of fraud",
});
// #endregion contract
