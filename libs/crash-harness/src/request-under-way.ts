import type { Client } from "./client.ts";
import { Activity, untilOverOrIdle } from "./idle.ts";
import type { Reply } from "./ingress.ts";
import type { Recorded } from "./recorder.ts";
import type { ExampleRequest } from "./requests.ts";
import { heldCalls, recordedCalls, type SystemUnderTest } from "./system.ts";

/** A request that is to be under way, with exactly that many of its steps completed, when the kill comes. */
export interface CrashPoint {
  /** What is sent. */
  request: Pick<ExampleRequest, "call" | "body">;
  /** What stands in its text and in that of every step, so that its steps are told from others'; unset if it is alone. */
  tag?: string | undefined;
  /** The steps that it takes when there is no crash: how often each key is there. */
  steps: ReadonlyMap<string, number>;
  /** How many are completed before the kill; with all of them, the request has been answered. */
  after: number;
  /** How many steps wait for their answers when 0, 1, 2 … are completed; only Restate needs not be told. */
  inFlight?: number[] | undefined;
}

/** What a request went through, and what came of it. */
export interface CrashedRequest {
  /** What its client got; status 0 if nothing. */
  reply: Reply;
  /** All steps, before and after the kill. */
  calls: Recorded[];
  /** The steps whose answers were stored at the kill. */
  completed: Recorded[];
  /** The steps whose answers were sent in the last moments, of which nothing can tell whether they were stored. */
  notYetPersisted: Recorded[];
  /** The steps that waited for an answer at the kill. */
  inFlight: Recorded[];
  /** Steps after the kill, by what they repeat. */
  repeated: { completed: Recorded[]; notYetPersisted: Recorded[]; inFlight: Recorded[] };
  /** What made it go on when the process was back; null if nothing could: the request is lost. */
  recoveredBy: "itself" | "client" | null;
  /** Whether the answer came on the client's first connection. */
  connectionKept: boolean;
  /** Whether the service ended by itself, because of what happened to its server, and had to be started again. */
  serviceEnded: boolean;
  /** From "the process is back" (or, if the client had to retry, from then) to the next step, in milliseconds; null if none. */
  untilNextStep: number | null;
  /** The same to the answer, with a model that answers at once; null if there was none. */
  recoveryTime: number | null;
}

/** A request on its way to its crash point and beyond, and its steps. */
export class RequestUnderWay {
  /** Where it is to be. */
  readonly point: CrashPoint;
  /** Its client. */
  readonly client: Client;
  /** The steps whose answers had been given when all that could be stored was. */
  readonly completed: Recorded[] = [];
  readonly #system: SystemUnderTest;
  readonly #released: Recorded[] = [];
  #inFlight: Recorded[] = [];
  #before: Recorded[] = [];

  /** @param system where it is; @param point where it is to be; @param client who has sent it */
  constructor(system: SystemUnderTest, point: CrashPoint, client: Client) {
    this.#system = system;
    this.point = point;
    this.client = client;
  }

  /** Its steps so far. */
  get calls(): Recorded[] {
    return this.#own(recordedCalls(this.#system));
  }

  /** Those that wait for an answer, the first by label and key first: which one came first is chance. */
  get held(): Recorded[] {
    return this.#own(heldCalls(this.#system)).toSorted(byLabel);
  }

  /** Whether as many steps are completed as should be. */
  get isAtCrashPoint(): boolean {
    return this.completed.length >= this.point.after;
  }

  /** Whether its crash point is after its last step: then it is answered. */
  get isToBeAnswered(): boolean {
    return this.isAtCrashPoint && this.point.after >= this.#steps;
  }

  /** Whether as many steps wait for an answer as are expected to; true if that is not known. */
  get isAsExpected(): boolean {
    const expected = this.point.inFlight?.[this.completed.length];
    return expected === undefined || this.held.length === expected;
  }

  /** Whether no client has to retry: every step that it takes has been answered, or the client has the answer. */
  get isOver(): boolean {
    if (this.client.keptConnection) return true;
    // A service that outlives its server may get the answer that it waited for, and have nowhere to put it.
    const counted = this.calls.filter((call) => !this.#inFlight.includes(call));
    return countAnswered(counted) >= this.point.steps.size;
  }

  /** Whether it does a step again and again: it will not get anywhere, however long it is waited for. */
  get isEndless(): boolean {
    return isEndless(this.calls);
  }

  /** Whether an answer may arrive before the kill, and not be the last. */
  get hasMoreToCome(): boolean {
    return this.completed.length < this.#steps - 1;
  }

  /** Answers one of the steps that wait. */
  release(): Recorded {
    const [call] = this.held;
    if (!call) throw new Error(`${this.point.request.call} waits for no answer`);
    this.#system.model.release(call);
    this.#system.effects?.release(call);
    this.#released.push(call);
    return call;
  }

  /** Answers one of the steps that wait, as one that will be stored before the kill. */
  completeNext(): void {
    this.completed.push(this.release());
  }

  /** Notes what is under way, just before the kill. */
  noteState(): void {
    this.#before = this.calls;
    this.#inFlight = this.#before
      // Its answer may not have arrived yet, but is on its way.
      .filter((call) => call.outcome === "pending" && !this.#released.includes(call))
      .toSorted(byLabel);
  }

  /** Notes what was begun between {@link noteState} and the end of the process: no answer was given to it. */
  noteLastMoment(): void {
    const begun = this.calls.filter((call) => !this.#before.includes(call));
    this.#before.push(...begun);
    this.#inFlight.push(...begun);
  }

  get #notYetPersisted(): Recorded[] {
    return this.#released.filter((call) => !this.completed.includes(call));
  }

  /** Gets the client its answer, if there is one to be had, and says what happened. */
  async outcome(back: number, patience: number): Promise<Omit<CrashedRequest, "serviceEnded">> {
    const { client } = this;
    const itself = this.isOver;
    // All is answered, so a client that is still connected is about to hear of it.
    if (itself) await untilOverOrIdle(this.#system, patience, () => client.first !== undefined || this.isEndless);
    const retried = Date.now();
    const activity = new Activity(this.#system);
    const retry = !client.keptConnection || this.isToBeAnswered;
    const endless = !client.keptConnection && this.isEndless;
    const reply = endless ? ENDLESS : retry ? await client.retry(activity, patience) : (client.first as Reply);
    const now = Date.now();

    const after = this.calls.filter((call) => !this.#before.includes(call));
    const from = itself ? back : retried;
    const lastAnswer = Math.max(...this.calls.map(({ endedAt = 0 }) => endedAt));
    const until = client.keptConnection ? (client.firstAt as number) : itself ? lastAnswer : now;
    return {
      reply,
      calls: this.calls,
      completed: this.completed,
      notYetPersisted: this.#notYetPersisted,
      inFlight: this.#inFlight,
      repeated: this.#repeated(after),
      recoveredBy: reply.status !== 200 ? null : itself ? "itself" : "client",
      connectionKept: client.keptConnection,
      untilNextStep: after[0] ? Math.max(0, after[0].startedAt - from) : null,
      recoveryTime: reply.status === 200 ? Math.max(0, until - from) : null,
    };
  }

  get #steps(): number {
    return [...this.point.steps.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Sorts steps after the kill by what they repeat; a step that has to be made is none. */
  #repeated(after: Recorded[]): CrashedRequest["repeated"] {
    const repeated: CrashedRequest["repeated"] = { completed: [], notYetPersisted: [], inFlight: [] };
    for (const [key, made] of Map.groupBy(after, (call) => call.key)) {
      const count = (calls: Recorded[]) => calls.filter((call) => call.key === key).length;
      const [inFlight, arrived] = [count(this.#inFlight), count(this.#notYetPersisted)];
      const toBeMade = Math.max(0, (this.point.steps.get(key) ?? 1) - inFlight - arrived - count(this.completed));
      const rest = made.slice(inFlight + toBeMade);
      repeated.inFlight.push(...made.slice(0, inFlight));
      repeated.notYetPersisted.push(...rest.slice(0, arrived));
      repeated.completed.push(...rest.slice(arrived));
    }
    return repeated;
  }

  #own(calls: Recorded[]): Recorded[] {
    const { tag } = this.point;
    if (tag === undefined) return calls;
    const { model, effects } = this.#system;
    return calls.filter((call) => model.mentions(call, tag) || effects?.mentions(call, tag));
  }
}

const byLabel = (a: Recorded, b: Recorded) => a.label.localeCompare(b.label) || a.key.localeCompare(b.key);

/** How often a step is made at most, until it counts as one that is repeated without end. */
const ENDLESS_AFTER = 50;
const ENDLESS: Reply = { status: 0, body: "it repeats its steps without end" };

/** Whether a step was made so often that it will be made for ever. */
export const isEndless = (calls: Recorded[]) =>
  [...Map.groupBy(calls, ({ key }) => key).values()].some(({ length }) => length > ENDLESS_AFTER);

/** How many different steps have been answered; one that was made twice counts once. */
export const countAnswered = (calls: Recorded[]) =>
  new Set(calls.filter(({ outcome }) => outcome === "answered").map(({ key }) => key)).size;
