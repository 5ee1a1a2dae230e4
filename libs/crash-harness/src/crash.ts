import type { Bench } from "./bench.ts";
import { freshKey, type Reply } from "./ingress.ts";
import type { MockModel, RecordedCall } from "./mock-model.ts";
import { waitFor } from "./processes.ts";
import { callPath, type ExampleRequest } from "./requests.ts";

/** Kills something with SIGKILL, and starts it again. */
export type Disaster = (bench: Bench) => Promise<void>;

/** Kills the implementation, and starts it again. */
export const killSubject: Disaster = async ({ subject }) => {
  await subject.kill();
  await subject.restart();
};

/** Kills restate-server, and starts it again on its data. */
export const killServer: Disaster = async ({ server }) => {
  await server.kill();
  await server.restart();
};

/** Kills the implementation and restate-server at the same time, and starts both again. */
export const killBoth: Disaster = async ({ server, subject }) => {
  await Promise.all([server.kill(), subject.kill()]);
  await Promise.all([server.restart(), subject.restart()]);
};

/** The model calls of a request that was struck. */
export interface StruckCalls {
  /** All model calls, before and after the crash. */
  calls: RecordedCall[];
  /** The calls that waited for an answer when the crash came. */
  inFlight: RecordedCall[];
  /** Calls after the crash that are equal to one whose answer was stored before it: work done, and paid, twice. */
  repeatedCompleted: RecordedCall[];
  /** Calls after the crash that are equal to one of `inFlight`: nobody can know whether those were answered. */
  repeatedInFlight: RecordedCall[];
}

/** What a request went through, and what came of it. */
export interface CrashRun extends StruckCalls {
  /** What the caller got. */
  reply: Reply;
  /** The calls whose answers were in the journal when the crash came. */
  journaled: RecordedCall[];
  /** From "the process is back" to the next model call, in milliseconds; null if there was none to be made. */
  untilNextCall: number | null;
  /** From "the process is back" to the answer, in milliseconds, with a model that answers at once. */
  untilAnswer: number;
}

/**
 * Sends a request, lets exactly `completed` model answers into the journal, holds the calls after them, strikes, and lets
 * everything go on. So what was journaled and what was in flight is known, not guessed.
 *
 * @param bench what runs it; calls and rules of its model are forgotten
 * @param request what is sent, and how many model calls it takes
 * @param completed how many model calls to complete first; with all of them, the request may be over before the crash
 * @param disaster what is killed and started again; the implementation unless given
 */
export async function crashDuring(
  bench: Bench,
  request: ExampleRequest,
  completed: number,
  disaster: Disaster = killSubject,
): Promise<CrashRun> {
  const { model, ingress } = bench;
  model.reset();
  model.hold();
  const id = await ingress.send(callPath(request, freshKey("session")), request.body);
  const journaled = await advance(bench, completed);
  if (completed < request.modelCalls) await waitForStandstill(bench);
  await disaster(bench);
  const back = Date.now();
  model.stopHolding();
  const reply = await ingress.attach(id);
  const answered = Date.now();

  const { after, ...struck } = sortOut(model.calls, journaled);
  return {
    reply,
    ...struck,
    journaled,
    untilNextCall: after[0] ? Math.max(0, after[0].startedAt - back) : null,
    untilAnswer: answered - back,
  };
}

/**
 * Tells calls before a crash from those after it, and finds those that were made again.
 *
 * @param calls all of them
 * @param completed the calls whose answers were stored when the crash came
 * @returns besides, the calls made `after` the crash
 */
export function sortOut(calls: RecordedCall[], completed: RecordedCall[]): StruckCalls & { after: RecordedCall[] } {
  // Whoever asked was killed, or hung up because the server was; nobody else hangs up.
  const inFlight = calls.filter(({ outcome }) => outcome === "abandoned");
  const after = calls.filter((call) => !completed.includes(call) && !inFlight.includes(call));
  const among = (others: RecordedCall[]) => (call: RecordedCall) => others.some(({ key }) => key === call.key);
  return {
    calls: [...calls],
    inFlight,
    after,
    repeatedCompleted: [...after, ...inFlight].filter(among(completed)),
    repeatedInFlight: after.filter(among(inFlight)),
  };
}

/** How often in a row nothing must have moved; journals are written entry by entry. */
const STILL_LOOKS = 4;

/** Waits until every call that can be made without a further answer is held. */
async function waitForStandstill({ model, journal }: Bench): Promise<void> {
  let looks = 0;
  let last = 0;
  await waitFor("everything waits for the model", async () => {
    const steps = await journal.stepsThatAllElseWaitsFor();
    const held = model.held.length;
    looks = steps === held && held > 0 && held === last ? looks + 1 : 0;
    last = held;
    return looks >= STILL_LOOKS;
  });
}

/**
 * Waits until that many calls wait for an answer.
 *
 * @param bench whose model was told to hold
 * @param count how many
 * @throws Error if there are fewer after ten seconds
 */
export async function waitForHeld({ model }: Bench, count: number): Promise<void> {
  await waitFor(`the model holds ${count} calls`, () => model.held.length >= count);
}

/**
 * Answers one of the calls that are held, or of some of them. Of several, the first by agent and prompt: who reached the
 * model first is chance, and decides on what can be in flight later.
 *
 * @param model the one that holds them
 * @param held which to choose from; all that it holds unless given
 * @returns the call that was answered
 */
export function releaseFirst(model: MockModel, held = model.held): RecordedCall {
  const [call] = held.toSorted((a, b) => a.agent.localeCompare(b.agent) || a.prompt.localeCompare(b.prompt));
  model.release(call as RecordedCall);
  return call as RecordedCall;
}

/**
 * Answers held calls one by one, each when the one before is in the journal and everything else waits.
 *
 * @param bench whose model was told to hold
 * @param completed how many to answer
 * @returns the calls whose answers are journaled
 */
export async function advance(bench: Bench, completed: number): Promise<RecordedCall[]> {
  const journaled: RecordedCall[] = [];
  while (journaled.length < completed) {
    await waitForStandstill(bench);
    const before = await bench.journal.completedSteps();
    const call = releaseFirst(bench.model);
    await waitFor(
      `the answer to ${call.agent} is journaled`,
      async () => (await bench.journal.completedSteps()) > before,
    );
    journaled.push(call);
  }
  return journaled;
}
