import { setImmediate } from "node:timers/promises";
import { Client } from "./client.ts";
import { Activity, LOOK_INTERVAL, untilMeasured, untilOverOrIdle } from "./idle.ts";
import { freshKey } from "./ingress.ts";
import type { FaultRule } from "./model-faults.ts";
import { sleep, waitFor } from "./processes.ts";
import { type CrashedRequest, type CrashPoint, RequestUnderWay } from "./request-under-way.ts";
import { callPath } from "./requests.ts";
import { heldCalls, type Killable, type Service, type SystemUnderTest } from "./system.ts";

// The one driver for crashes. Requests are brought to their crash points one answer at a time, so that at the kill it is
// known what was stored and what was in flight. A step is a model call or an effect of a tool.

/** What is killed with SIGKILL and started again: the service, the server that stores its progress, or both. */
export type CrashTarget = "service" | "server" | "both";

/** All targets that there are. */
export const crashTargets: CrashTarget[] = ["service", "server", "both"];

/** How a kill is done. */
export interface CrashOptions {
  /** What is killed; the service unless set. */
  target?: CrashTarget;
  /** `random`: the next answers arrive in the last moments before the kill, or would have after it. `exact` unless set. */
  moment?: "exact" | "random";
  /** How the model fails from the beginning. */
  faults?: FaultRule[];
  /** How long the longest of these requests takes without a crash, in milliseconds; what is slow is waited for longer. */
  pace?: number;
}

/**
 * For how long a system must have been idle until its request counts as one that does not recover by itself, in
 * milliseconds. What does recover takes a fraction of a second on Restate and about one on DBOS.
 */
const PATIENCE = 3_000;

/**
 * The same, as a multiple of the time that the restart took: a server that waits twice as long after each attempt, as
 * Restate does, tries again after once that time at the latest. And where a start takes long, so does all else.
 */
const DOWNTIMES = 3;

/** In how many milliseconds before a kill at a random moment answers arrive. They are stored within a few. */
const LAST_MOMENTS = 60;

/**
 * How often in a row nothing must have moved, and for how many milliseconds, until all is taken for stored. Where Restate
 * says so besides, the looks are enough.
 */
const IDLE_LOOKS = 2;
const IDLE_TIME = 250;

/** How long after a look the next one comes at most, in milliseconds: longer and longer while nothing moves, since looks cost. */
const LONGEST_INTERVAL = 1_000;

/** For how long nothing must have moved, as a multiple of the pace and in milliseconds at least, if not all is as expected. */
const STUCK_PACES = 3;
const STUCK_TIMEOUT = 1_500;

/**
 * Sends requests, brings each to its crash point, kills the target with SIGKILL and starts it again. Then it looks what
 * recovers by itself; only when the system is idle do clients that have no answer retry, with the same idempotency key.
 *
 * @param system what is killed; its model's calls and faults are forgotten
 * @returns what came of each request, in the order of the points
 * @throws Error if the requests can't be brought to their crash points
 * @throws NotMeasuredError if this machine is too slow to tell
 */
export async function crash(
  system: SystemUnderTest,
  points: CrashPoint[],
  { target = "service", moment = "exact", faults = [], pace = 0 }: CrashOptions = {},
): Promise<CrashedRequest[]> {
  const parts = partsOf(system, target);
  const requests = await bringToCrashPoints(system, points, { faults, pace });
  if (moment === "random") await letAnswersArrive(requests);
  for (const request of requests) request.noteState();

  const killed = Date.now();
  await Promise.all(parts.map((part) => part.kill()));
  await untilReceived();
  for (const request of requests) request.noteLastMoment();
  // The server first: a service may not start without its database, until it is started again.
  for (const part of parts.toReversed()) await part.restart();
  await using supervisor = new Supervisor(system.service);
  const back = Date.now();
  const patience = Math.max(PATIENCE, DOWNTIMES * (back - killed));
  letGoOn(system);
  await untilOverOrIdle(system, patience, () => requests.every((request) => request.isOver || request.isEndless));
  const crashed = await Promise.all(requests.map((request) => request.outcome(back, patience)));
  return crashed.map((it) => ({ ...it, serviceEnded: supervisor.restarts > 0 }));
}

/**
 * Sends requests and brings each to its crash point: all is stored that can be, and the steps after it wait for answers.
 *
 * @returns the requests, in the order of the points
 * @throws Error if they can't be brought there
 */
export async function bringToCrashPoints(
  system: SystemUnderTest,
  points: CrashPoint[],
  { faults = [], pace = 0 }: Pick<CrashOptions, "faults" | "pace"> = {},
): Promise<RequestUnderWay[]> {
  const { model, effects, ingress } = system;
  model.reset();
  effects?.reset();
  for (const fault of faults) model.addFault(fault);
  model.hold();
  effects?.hold();
  const requests = points.map((point) => {
    const path = callPath(point.request, freshKey("session"));
    return new RequestUnderWay(system, point, Client.send(ingress, path, point.request.body, freshKey("key")));
  });
  await untilIdle(system, requests, pace);
  while (requests.some(({ isAtCrashPoint }) => !isAtCrashPoint)) {
    const before = (await system.server?.look())?.position;
    for (const request of requests) if (!request.isAtCrashPoint) request.completeNext();
    await untilIdle(system, requests, pace, before);
  }
  return requests;
}

/** Receives what a process has sent before its end: a turn of the event loop accepts a connection, the next one reads it. */
async function untilReceived(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

/** Answers everything that waits for an answer, and from now on at once. */
export function letGoOn({ model, effects }: SystemUnderTest): void {
  model.stopHolding();
  effects?.stopHolding();
}

/** Starts a service again that has ended because its database did, as a supervisor in production would. */
export class Supervisor implements AsyncDisposable {
  /** How often it had to. */
  restarts = 0;
  readonly #service: Service | undefined;
  readonly #released = Promise.withResolvers<"released">();
  readonly #watching: Promise<void>;

  /** @param service what is watched until this is disposed of */
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

/** @throws Error if the system does not consist of what is to be killed */
function partsOf({ service, server }: Pick<SystemUnderTest, "service" | "server">, target: CrashTarget): Killable[] {
  const wanted: Record<CrashTarget, (Killable | undefined)[]> = {
    service: [service],
    server: [server],
    both: [service, server],
  };
  return wanted[target].map((part) => {
    if (!part) throw new Error(`There is nothing to kill for the target ${JSON.stringify(target)}`);
    return part;
  });
}

/**
 * Waits until everything that can be stored is, and everything else waits for an answer. Restate says so itself; of others,
 * it is concluded from nothing having moved for a while, with those steps waiting that should.
 *
 * @param before where the server was before the newest answers; it has to have moved since
 */
async function untilIdle(
  system: SystemUnderTest,
  requests: RequestUnderWay[],
  pace: number,
  before?: string,
): Promise<void> {
  const { server } = system;
  const activity = new Activity(system);
  let [looks, last] = [0, ""];
  let calls = "";
  const isIdle = async () => {
    for (const { client, isToBeAnswered, point } of requests) {
      if (client.first === undefined || (isToBeAnswered && client.keptConnection)) continue;
      throw new Error(`${point.request.call} was over before the kill: ${JSON.stringify(client.first)}`);
    }
    const lastCalls = calls;
    calls = JSON.stringify(heldCalls(system).map(({ id, label }) => [id, label]));
    // To ask the server costs more than to look at the calls, which have to be still anyway.
    if (calls !== lastCalls) {
      looks = 0;
      await activity.idleFor(calls);
      return false;
    }
    const { position, stepsUnderWay } = (await server?.look()) ?? {};
    const state = JSON.stringify([position, calls]);
    looks = state === last ? looks + 1 : 0;
    last = state;
    const idleFor = await activity.idleFor(state);
    const isWaiting = ({ isToBeAnswered, client, held }: RequestUnderWay) =>
      isToBeAnswered ? client.first !== undefined : held.length > 0;
    if (!requests.every(isWaiting)) {
      if (idleFor < NEVER_COMES) return false;
      const stuck = requests.filter((request) => !isWaiting(request)).map(({ point }) => point.request.call);
      throw new Error(`${[...new Set(stuck)].join(", ")} neither asks for anything nor answers`);
    }
    // It does its steps in another order than others do, or does not store: take it as it is.
    if (idleFor > Math.max(STUCK_TIMEOUT, STUCK_PACES * pace)) return true;
    if (looks < IDLE_LOOKS) return false;
    if (!requests.every(({ isAsExpected }) => isAsExpected)) return false;
    if (before !== undefined && position === before) return false;
    if (server?.knowsSteps) return stepsUnderWay === heldCalls(system).length;
    return idleFor >= IDLE_TIME;
  };
  // What still does not move is stuck, perhaps; to ask about it often keeps the server busy.
  const interval = () => Math.min(LONGEST_INTERVAL, LOOK_INTERVAL * 1.5 ** looks);
  await untilMeasured("everything is stored, or waits for an answer", isIdle, interval);
}

/** For how long a system must have been idle that should ask for something, in milliseconds. */
const NEVER_COMES = 30_000;

/** Lets answers arrive at random in the last moments before the kill; for a third of the requests, they come too late. */
async function letAnswersArrive(requests: RequestUnderWay[]): Promise<void> {
  const timers = requests
    .filter(({ hasMoreToCome }) => hasMoreToCome)
    .map((request) => setTimeout(() => request.release(), Math.random() * 1.5 * LAST_MOMENTS));
  // Not to wait for something: this is the moment itself.
  await sleep(LAST_MOMENTS);
  for (const timer of timers) clearTimeout(timer);
}

/**
 * Waits until that many steps wait for an answer.
 *
 * @param system whose model was told to hold
 * @param count how many
 * @throws Error if there are fewer after a minute
 */
export async function waitForHeld(system: SystemUnderTest, count: number): Promise<void> {
  await waitFor(`${count} steps wait for an answer`, () => heldCalls(system).length >= count);
}
