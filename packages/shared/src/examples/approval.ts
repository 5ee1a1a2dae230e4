import { TerminalError, TimeoutError, type WorkflowContext, type WorkflowSharedContext } from "@restatedev/restate-sdk";
import type { Claim } from "../contracts/claim.ts";
import { APPROVAL_LIMIT, ClaimReview, type Decision, type ReviewStatus } from "../contracts/examples/claim-review.ts";
import { serviceOptions } from "../serve.ts";

// #region wait
/** Puts a question to a person, and waits for the decision: in the journal, not in the process. */
export async function waitForDecision(ctx: WorkflowContext, question: string, seconds: number): Promise<Decision> {
  ctx.set("question", question);
  const decision = ctx.promise<Decision>("decision");
  try {
    return await decision.get().orTimeout({ seconds });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    // It goes the way of every decision, so that one that came just before it counts, and one that comes later is refused.
    ctx.sendClient(ClaimReview, ctx.key).decide({ approved: false, reason: "Nobody decided in time" });
    return decision;
  }
}

/** What a person sends. The key is the claim's number, so the id of an awakeable need not be passed on. */
export async function decide(ctx: WorkflowSharedContext, decision: Decision): Promise<string> {
  const refuse = (problem: string) => new TerminalError(`${ctx.key} ${problem}`, { errorCode: 409 });
  if ((await ctx.get("question")) === null) throw refuse("does not wait for a decision");
  const earlier = await ctx.promise<Decision>("decision").peek();
  if (earlier) throw refuse(`was ${inWords(earlier)} before: ${earlier.reason}`);
  await ctx.promise<Decision>("decision").resolve(decision); // of two at the same time, Restate refuses one
  return `${ctx.key} is ${inWords(decision)}`;
}
// #endregion wait

export async function status(ctx: WorkflowSharedContext): Promise<ReviewStatus> {
  const claim = await ctx.get<Claim>("claim");
  if (!claim) throw new TerminalError(`${ctx.key} is not known`, { errorCode: 404 });
  const question = await ctx.get<string>("question");
  const decision = (await ctx.promise<Decision>("decision").peek()) ?? null;
  return { status: decision ? "decided" : question ? "waiting" : "in review", question, claim, decision };
}

/** @throws TerminalError if there is no decision of a person, and there has to be one: a prompt is no lock */
export async function requireDecision(ctx: WorkflowContext, { amount }: Claim): Promise<void> {
  if (amount <= APPROVAL_LIMIT || (await ctx.promise<Decision>("decision").peek())) return;
  throw new TerminalError(`The agent decided on $${amount} by itself; above $${APPROVAL_LIMIT} it has to ask a person`);
}

const inWords = ({ approved }: Decision) => (approved ? "approved" : "rejected");

export const approvalOptions = {
  // It waits for days: let go of the process after a second of silence, instead of a minute.
  inactivityTimeout: { seconds: 1 },
  // No client waits on a connection: what can't go on is paused, until it is looked at, and not ended.
  retryPolicy: { ...serviceOptions.retryPolicy, onMaxAttempts: "pause" },
} as const;
