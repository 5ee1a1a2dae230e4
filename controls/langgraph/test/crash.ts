import { findSubjects, type RunningSubject } from "@durable-agents/compare";
import {
  callPath,
  type ExampleRequest,
  freshKey,
  type RecordedCall,
  type Reply,
  releaseFirst,
  type StruckCalls,
  sortOut,
  waitFor,
} from "@durable-agents/testkit";

/**
 * Starts a system of this control, with a model and, if it stores anything, a database of its own.
 *
 * @param name such as `langgraph-async`
 */
export function start(name: string): Promise<RunningSubject> {
  const subject = findSubjects().find(({ info }) => info.name === name);
  if (!subject) throw new Error(`There is no system ${JSON.stringify(name)} in controls/`);
  return subject.start();
}

/** A request that was sent and waits for the model. */
export interface Underway {
  /** Sends the request again, with the same idempotency key. */
  askAgain(): Promise<Reply>;
  /** What its first caller gets; undefined if the connection breaks. */
  reply: Promise<Reply | undefined>;
  /** The calls whose answers are stored; in memory, for what it is worth. */
  completed: RecordedCall[];
}

/** Sends a request, lets `completed` of its model calls be answered and stored, one by one, and holds the others. */
export async function advance(running: RunningSubject, request: ExampleRequest, completed: number): Promise<Underway> {
  const { client, model } = running;
  const [path, idempotencyKey] = [callPath(request, freshKey("session")), freshKey("key")];
  const askAgain = () => client.call(path, request.body, { idempotencyKey });
  model.reset();
  model.hold();
  const reply = askAgain().catch(() => undefined);
  const answered: RecordedCall[] = [];
  let stored = await standstill(running);
  while (answered.length < completed) {
    answered.push(releaseFirst(model));
    stored = await standstill(running, stored);
  }
  return { askAgain, reply, completed: answered };
}

/** How often in a row nothing must have moved. */
const STILL_LOOKS = 4;

/**
 * Waits until everything that is open waits for the model, and nothing more is being stored.
 *
 * @param before what was stored before an answer: that, too, must have been stored
 * @returns what is stored
 */
async function standstill({ model, store }: RunningSubject, before?: string): Promise<string> {
  let looks = 0;
  let last = "";
  let stored = "";
  await waitFor("everything is stored, or waits for the model", async () => {
    stored = store ? JSON.stringify(await store.size()) : `${model.calls.length - model.held.length} answers`;
    const now = `${stored}, ${model.held.length} held`;
    looks = now === last && model.held.length > 0 && stored !== before ? looks + 1 : 0;
    last = now;
    return looks >= STILL_LOOKS;
  });
  return stored;
}

/** What came of a request that was struck and sent again. */
export interface Struck extends StruckCalls {
  reply: Reply;
}

/** Strikes a request that waits for the model, sends it again, and lets everything go on. */
export async function strike(
  { model }: RunningSubject,
  { askAgain, reply: firstReply, completed }: Underway,
  disaster: () => Promise<void>,
): Promise<Struck> {
  await disaster();
  await firstReply;
  await waitFor("the model sees that nobody waits any more", () => model.held.length === 0);
  model.stopHolding();
  const reply = await askAgain();
  const { after: _, ...struck } = sortOut(model.calls, completed);
  return { reply, ...struck };
}
