import type { Claim } from "../contracts/claim.ts";
import { planner, worker } from "./agent.ts";

export const eligibilityAgent = worker(
  "Eligibility specialist",
  "You check whether an insurance claim is covered. Say eligible or not eligible, and why, in two sentences.",
);
export const rateComparisonAgent = worker(
  "Rate comparison specialist",
  "You compare the amount of an insurance claim with what is usual for the service. Say how it compares, in two sentences.",
);
export const fraudCheckAgent = worker(
  "Fraud specialist",
  "You look for signs of fraud in an insurance claim. Say low risk or suspicious, and why, in two sentences.",
);
export const claimDecider = planner(
  "Claim decision",
  "You decide on an insurance claim from the assessments of three specialists. Say approved or rejected, and why.",
);
export const claimManager = planner(
  "Claim manager",
  "You decide on an insurance claim. Ask the eligibility specialist and the fraud specialist, both at the same time, " +
    "then say approved or rejected, and why.",
);

export const claimPrompt = (claim: Claim) => `Claim: ${JSON.stringify(claim)}`;
export const decisionPrompt = (claim: Claim, assessments: { eligibility: string; rates: string; fraud: string }) =>
  `${claimPrompt(claim)}\n\nEligibility: ${assessments.eligibility}\n\nRates: ${assessments.rates}\n\nFraud: ${assessments.fraud}`;

export const claimIntake = planner(
  "Claim intake",
  "You take in insurance claims. Hand medical claims (illness, injury, treatment) to the medical specialist and claims " +
    "about a vehicle to the car specialist. Answer yourself when neither handles such a claim.",
);
export const claimAgents = {
  medical: worker(
    "Medical claim specialist",
    "You decide on medical claims. You may approve up to $50,000; a higher amount goes to a manager.",
  ),
  car: worker(
    "Car claim specialist",
    "You decide on car claims. You may approve up to $25,000; a higher amount goes to a manager.",
  ),
};
