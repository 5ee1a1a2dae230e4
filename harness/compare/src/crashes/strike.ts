import {
  callPath,
  type ExampleRequest,
  freshKey,
  type MockModel,
  type RecordedCall,
  type Reply,
  releaseFirst,
  waitFor,
} from "@durable-agents/testkit";
import type { CrashSample, Disaster } from "../results.ts";
import type { Part, RunningSubject, Service } from "../subjects.ts";
import { Caller } from "./caller.ts";

/** A request that is to be struck when exactly that many of its model calls are completed. */
export interface Target {
  request: ExampleRequest;
  /** What stands in its text, and in that of every model call that it leads to. */
  mark: string;
  crashPoint: number;
  /** How many calls are expected to wait for their answers then, and at each point before. */
  inFlight: number[];
}

export interface StrikeOptions {
  disaster: Disaster;
  /** `random`: the next answers arrive in the last moments before the kill, or would have after it. */
  moment: CrashSample["moment"];
}

/** What a struck request went through. */
export type Struck = { reply: Reply } & Pick<
  CrashSample,
  | "inFlight"
  | "justAnswered"
  | "resumedBy"
  | "callerStayed"
  | "serviceEnded"
  | "repeated"
  | "tokensRepeated"
  | "untilProgress"
  | "untilAnswer"
>;

/**
 * How long nothing may move until a request counts as one that does not go on by itself, in milliseconds. What does go on
 * takes a fraction of a second on Restate and about one on DBOS.
 */
const UNAIDED_TIMEOUT = 3_000;

/**
 * The same, as a multiple of the time that the restart took: whoever waits twice as long after each attempt, as Restate does,
 * asks again after once that time at the latest. And where a start takes long, so does all else.
 */
const UNAIDED_DOWNTIMES = 2;

/** In how many milliseconds before a kill at a random moment answers arrive. They are stored within a few. */
const LAST_MOMENTS = 60;

/**
 * How often in a row nothing must have moved until all is taken for stored: twice where Restate says so besides. And for how
 * long, if not all is as expected.
 */
const STILL_LOOKS = 12;
const CONFIRMED_LOOKS = 2;
const LOOK_INTERVAL = 20;
const STUCK_TIMEOUT = 1_500;
const STANDSTILL_TIMEOUT = 30_000;

/**
 * Sends requests, brings each to its crash point, with all stored that can be and the calls after it waiting for their
 * answers, kills what is to be killed with SIGKILL and starts it again. Then it looks what goes on by itself; only when
 * nothing moves any more, callers who have no answer ask again, with the same idempotency key.
 *
 * @returns what came of each request, in the order of the targets
 * @throws Error if the requests can't be brought to their crash points
 */
export async function strike(
  subject: RunningSubject,
  targets: Target[],
  { disaster, moment }: StrikeOptions,
): Promise<Struck[]> {
  const { model } = subject;
  const parts = partsOf(subject, disaster);
  const requests = await sendToCrashPoints(subject, targets);
  if (moment === "random") await letAnswersArrive(requests);
  for (const request of requests) request.noteState();

  const killed = Date.now();
  await Promise.all(parts.map((part) => part.kill()));
  // The store first: a service may not start without its database, until somebody starts it again.
  for (const part of parts.toReversed()) await part.restart();
  await using supervisor = new Supervisor(subject.service);
  const back = Date.now();
  model.stopHolding();
  await nothingMoves(model, back - killed, () => requests.every((request) => request.isOver));
  const struck = await Promise.all(requests.map((request) => request.outcome(back)));
  return struck.map((it) => ({ ...it, serviceEnded: supervisor.restarts > 0 }));
}

/**
 * Sends requests and brings each to its crash point: all is stored that can be, and the model holds the calls after it.
 *
 * @returns the requests, in the order of the targets
 * @throws Error if they can't be brought there
 */
export async function sendToCrashPoints(subject: RunningSubject, targets: Target[]): Promise<StruckRequest[]> {
  const { model, client } = subject;
  model.reset();
  model.hold();
  const requests = targets.map(
    (target) =>
      new StruckRequest(
        model,
        target,
        Caller.ask(client, callPath(target.request, freshKey("session")), target.request.body, freshKey("key")),
      ),
  );
  await bringToCrashPoints(subject, requests);
  return requests;
}

/** Starts a service again that has ended because its database did, as whatever runs it in production would. */
export class Supervisor implements AsyncDisposable {
  restarts = 0;
  readonly #service: Service | undefined;
  readonly #released = Promise.withResolvers<"released">();
  readonly #watching: Promise<void>;

  constructor(service: Service | undefined) {
    this.#service = service;
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    if (!this.#service) return;
    while ((await Promise.race([this.#released.promise, this.#service.ended()])) !== "released") {
      this.restarts++;
      // If it does not come up, it has ended again; that its requests are lost then is what is measured.
      await this.#service.restart().catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.resolve("released");
    await this.#watching;
  }
}

/** One of the requests that are struck at the same time, and its model calls. */
export class StruckRequest {
  readonly target: Target;
  readonly caller: Caller;
  /** The calls whose answers had been given when all that could be stored was. */
  readonly completed: RecordedCall[] = [];
  readonly #model: MockModel;
  #justAnswered: RecordedCall[] = [];
  #inFlight: RecordedCall[] = [];
  #callsBefore = 0;

  constructor(model: MockModel, target: Target, caller: Caller) {
    this.#model = model;
    this.target = target;
    this.caller = caller;
  }

  get calls(): RecordedCall[] {
    return this.#model.calls.filter((call) => this.#model.mentions(call, this.target.mark));
  }

  get held(): RecordedCall[] {
    return this.#model.held.filter((call) => this.#model.mentions(call, this.target.mark));
  }

  get isAtCrashPoint(): boolean {
    return this.completed.length >= this.target.crashPoint;
  }

  /** Whether as many calls wait for an answer as are expected to. */
  get isAsExpected(): boolean {
    return this.held.length === this.target.inFlight[this.completed.length];
  }

  /** Whether its last answer is still to come. */
  get hasMoreToCome(): boolean {
    return this.completed.length < this.target.request.modelCalls - 1;
  }

  /** Whether nobody has to ask again: every call that it takes has been answered, or the caller has the answer. */
  get isOver(): boolean {
    if (this.caller.stayed) return true;
    // A service that outlives its store may get the answer that it waited for, and have nowhere to put it.
    const counted = this.calls.filter((call) => !this.#inFlight.includes(call));
    return countAnswered(counted) >= this.target.request.modelCalls;
  }

  /** Answers one of the calls that wait. */
  releaseNext(): RecordedCall {
    return releaseFirst(this.#model, this.held);
  }

  /** Notes what is under way, just before the kill. */
  noteState(): void {
    this.#callsBefore = this.#model.calls.length;
    this.#inFlight = this.calls.filter(({ outcome }) => outcome === "pending");
    this.#justAnswered = this.calls.filter((call) => call.outcome === "answered" && !this.completed.includes(call));
  }

  /** Gets the caller its answer, if there is one to be had, and says what happened. */
  async outcome(back: number): Promise<Omit<Struck, "serviceEnded">> {
    const { caller } = this;
    const itself = this.isOver;
    // All is answered, so whoever is still connected is about to hear of it.
    if (itself) await comesTrue(() => caller.first !== undefined);
    const asked = Date.now();
    const reply = caller.stayed ? (caller.first as Reply) : await caller.askAgain();
    const now = Date.now();

    const after = this.calls.filter(({ id }) => id > this.#callsBefore);
    const again = (others: RecordedCall[]) => after.filter(({ key }) => others.some((other) => other.key === key));
    const repeated = {
      completed: again(this.completed),
      justAnswered: again(this.#justAnswered),
      inFlight: again(this.#inFlight),
    };
    const from = itself ? back : asked;
    const lastAnswer = Math.max(...this.calls.map(({ endedAt = 0 }) => endedAt));
    const until = caller.stayed ? (caller.firstAt as number) : itself ? lastAnswer : now;
    return {
      reply,
      inFlight: this.#inFlight.length,
      justAnswered: this.#justAnswered.length,
      resumedBy: reply.status !== 200 ? null : itself ? "itself" : "the caller",
      callerStayed: caller.stayed,
      repeated: mapValues(repeated, (calls) => calls.length),
      tokensRepeated: mapValues(repeated, tokensOf),
      untilProgress: after[0] ? Math.max(0, after[0].startedAt - from) : null,
      untilAnswer: reply.status === 200 ? Math.max(0, until - from) : null,
    };
  }
}

/** How many different calls have been answered; one that was made twice counts once. */
export const countAnswered = (calls: RecordedCall[]) =>
  new Set(calls.filter(({ outcome }) => outcome === "answered").map(({ key }) => key)).size;

const tokensOf = (calls: RecordedCall[]) =>
  calls.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);

const mapValues = <Key extends string, From, To>(values: Record<Key, From>, map: (value: From) => To) =>
  Object.fromEntries(Object.entries<From>(values).map(([key, value]) => [key, map(value)])) as Record<Key, To>;

/** @throws Error if the subject does not consist of what is to be killed */
function partsOf({ service, store }: Pick<RunningSubject, "service" | "store">, disaster: Disaster): Part[] {
  const wanted = { service: [service], store: [store], both: [service, store] }[disaster];
  return wanted.map((part) => {
    if (!part) throw new Error(`There is nothing to kill for the disaster ${JSON.stringify(disaster)}`);
    return part;
  });
}

/** Gives each request its answers one by one, each when those before it are stored. */
async function bringToCrashPoints(subject: RunningSubject, requests: StruckRequest[]): Promise<void> {
  await standstill(subject, requests);
  while (requests.some(({ isAtCrashPoint }) => !isAtCrashPoint)) {
    const position = await subject.store?.position();
    for (const request of requests) {
      if (!request.isAtCrashPoint) request.completed.push(request.releaseNext());
    }
    await standstill(subject, requests, position);
  }
}

/**
 * Waits until everything that can be stored is, and everything else waits for the model. Restate says so itself; of others,
 * it is concluded from nothing having moved for a while, with those calls waiting that should.
 *
 * @param before where the store was before the newest answers; it has to have moved since
 */
async function standstill({ model, store }: RunningSubject, requests: StruckRequest[], before?: string): Promise<void> {
  let [looks, last, stillSince] = [0, "", Date.now()];
  const what = "everything is stored, or waits for the model";
  await waitFor(
    what,
    async () => {
      for (const { caller, target } of requests) {
        if (caller.first === undefined) continue;
        throw new Error(`${target.request.call} was over before it was struck: ${JSON.stringify(caller.first)}`);
      }
      const position = await store?.position();
      const state = JSON.stringify([position, model.held.map(({ id }) => id)]);
      if (state !== last) [looks, last, stillSince] = [0, state, Date.now()];
      else looks++;
      if (requests.some(({ held }) => held.length === 0)) return false;
      // It asks the model in another order than others do, or does not store: take it as it is.
      if (Date.now() - stillSince > STUCK_TIMEOUT) return true;
      if (
        looks < (store?.underWay ? CONFIRMED_LOOKS : STILL_LOOKS) ||
        !requests.every(({ isAsExpected }) => isAsExpected)
      )
        return false;
      if (before !== undefined && position === before) return false;
      return !store?.underWay || (await store.underWay()) === model.held.length;
    },
    { timeout: STANDSTILL_TIMEOUT, interval: LOOK_INTERVAL },
  );
}

/** Lets answers arrive at random in the last moments before the kill; of a third of the requests, they come too late. */
async function letAnswersArrive(requests: StruckRequest[]): Promise<void> {
  const timers = requests
    .filter(({ hasMoreToCome }) => hasMoreToCome)
    .map((request) => setTimeout(() => request.releaseNext(), Math.random() * 1.5 * LAST_MOMENTS));
  // Not to wait for something: this is the moment itself.
  await new Promise((resolve) => setTimeout(resolve, LAST_MOMENTS));
  for (const timer of timers) clearTimeout(timer);
}

/**
 * Waits until all is over, or no call has begun or ended for so long that none will.
 *
 * @param downtime how long it took to kill and to start again, in milliseconds
 */
export async function nothingMoves(model: MockModel, downtime: number, isOver: () => boolean): Promise<void> {
  const patience = Math.max(UNAIDED_TIMEOUT, UNAIDED_DOWNTIMES * downtime);
  let [last, since] = ["", Date.now()];
  await waitFor(
    "it goes on, or nothing moves any more",
    () => {
      const state = JSON.stringify(model.calls.map(({ id, outcome }) => [id, outcome]));
      if (state !== last) [last, since] = [state, Date.now()];
      return isOver() || Date.now() - since > patience;
    },
    { timeout: 120_000, interval: LOOK_INTERVAL },
  );
}

const comesTrue = (condition: () => boolean) => waitFor("it comes true", condition).catch(() => undefined);
