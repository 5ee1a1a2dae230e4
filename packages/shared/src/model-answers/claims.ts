import { type ModelRequest, newestQuestion } from "@durable-agents/crash-harness";
import type { Claim } from "../contracts/claim.ts";

/** What is usual for a claim, in US dollars, by a word in its category or reason. */
const usualAmounts: [RegExp, number][] = [
  [/surg|cardi|cancer|intensive/i, 80_000],
  [/fractur|broken|orthop/i, 20_000],
  [/dent|tooth|optic|glasses/i, 3_000],
  [/collision|engine|total loss/i, 15_000],
  [/\bcar\b|vehicle|bumper|windscreen|garage/i, 6_000],
];

const vehicle =
  /\b(car|auto|vehicle|truck|motorcycle|bumper|windscreen|windshield|collision|garage|engine|tyre|tire)\b/i;
const medical =
  /medic|hospital|clinic|surg|fractur|broken|orthop|dent|tooth|illness|injur|treat|physio|cardi|cancer|doctor/i;
const covered = (claim: Claim) => claimKind(claim) !== "none";
const describe = ({ category, reason }: Claim) => `${category} ${reason}`;

/** Who handles a claim, if anybody does. */
export function claimKind(claim: Claim) {
  if (vehicle.test(describe(claim))) return "car";
  return medical.test(describe(claim)) ? "medical" : "none";
}

function usualAmount(claim: Claim) {
  return usualAmounts.find(([pattern]) => pattern.test(describe(claim)))?.[1] ?? 5_000;
}

export function assessEligibility(claim: Claim) {
  return covered(claim)
    ? `Eligible: ${claim.reason} (${claim.category}) is covered. The incident of ${claim.date} falls into the insured period.`
    : `Not eligible: ${claim.reason} (${claim.category}) is not covered. Medical and vehicle claims are.`;
}

export function compareRates(claim: Claim) {
  const [amount, usual] = [dollars(claim.amount), dollars(usualAmount(claim))];
  return claim.amount <= usualAmount(claim)
    ? `${amount} is within what is usual (up to ${usual}).`
    : `${amount} is far above what is usual (up to ${usual}).`;
}

export function checkFraud(claim: Claim) {
  return claim.amount > 5 * usualAmount(claim)
    ? `Suspicious: ${dollars(claim.amount)} for ${claim.reason} is more than five times what is usual.`
    : `Low risk: amount, place and reason of the claim go together.`;
}

export function decide(claim: Claim, assessments: string) {
  const problem = assessments.match(/Not eligible: [^\n]*|Suspicious: [^\n]*|[^\n]*far above what is usual[^\n]*/)?.[0];
  return problem ? `Rejected. ${problem}` : `Approved: ${dollars(claim.amount)} for ${claim.reason}.`;
}

export const dollars = (amount: number) => `$${amount.toLocaleString("en-US")}`;

/** The newest claim in the conversation; prompts carry it as one line of JSON. */
export function claimOf(request: ModelRequest): Claim {
  const json = newestQuestion(request).match(/^Claim: (\{.*\})$/m)?.[1];
  if (!json) throw new Error(`The prompt carries no claim: ${newestQuestion(request)}`);
  return JSON.parse(json);
}
