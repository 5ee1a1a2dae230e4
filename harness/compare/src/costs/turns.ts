import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { callPath, type ExampleRequest, freshKey, type SystemUnderTest } from "@durable-agents/crash-harness";
import type { NotMeasured } from "../results.ts";

/** The systems that take part in a measure, by name: all of them up, each with a mock model of its own. */
export type RunningSystems = ReadonlyMap<string, SystemUnderTest>;

/** What a measure found, and what it did not. */
export interface Measured<Sample> {
  samples: Sample[];
  notMeasured: NotMeasured[];
}

/** Is told how many turns of a measure have been taken, and how many there are. */
export type OnProgress = (progress: { measure: string; done: number; total: number }) => void;

/** How systems take turns. */
export interface TurnOptions {
  /** How often each system has its turn in each part of the measure: once unless set. */
  rounds?: number;
  /** Rounds before these, which are not counted. */
  warmUp?: number;
  /** How long the model takes for an answer, in milliseconds: nothing unless set. */
  modelLatency?: number;
  /**
   * How many milliseconds after one system the next one starts. Unless set, it starts when the one before has its
   * answer, and nothing else happens in the machine. With a slow model, most of a turn is waiting: a system's own work
   * then falls into the time in which the others wait, if the model's latency is at least this times the systems.
   */
  stagger?: number;
  /** After how many milliseconds a turn is given up: a minute unless set. */
  deadline?: number;
  /** What progress calls the measure; its name unless set. */
  title?: string;
  onProgress?: OnProgress | undefined;
}

/** One system's turn. */
export interface Turn<Part> {
  name: string;
  system: SystemUnderTest;
  part: Part;
  /** Below zero to warm up. */
  round: number;
  /** Says when to give up. */
  signal: AbortSignal;
}

/**
 * Has systems take turns: in each round, each has its turn in each part of the measure, right after or before the others,
 * in an order that changes. A system that fails in a part, such as a pattern, has no samples of that part, but a reason; it
 * has no further turns in it. One that hangs is out of the whole measure. The others go on.
 *
 * @param turn what a system does when it is its turn
 */
export async function takeTurns<Part extends { name: string }, Sample extends { system: string }>(
  measure: NotMeasured["measure"],
  systems: RunningSystems,
  parts: Part[],
  { rounds = 1, warmUp = 0, modelLatency = 0, stagger, deadline = 60_000, title = measure, onProgress }: TurnOptions,
  turn: (turn: Turn<Part>) => Promise<Sample>,
): Promise<Measured<Sample>> {
  const kept: { part: string; sample: Sample }[] = [];
  const notMeasured: NotMeasured[] = [];
  const isOut = (system: string, part: string) =>
    notMeasured.some((it) => it.system === system && (it.part === undefined || it.part === part));

  const take = async (name: string, system: SystemUnderTest, part: Part, round: number) => {
    const signal = AbortSignal.timeout(deadline);
    const tooLate = once(signal, "abort").then(() => Promise.reject(signal.reason));
    try {
      const sample = await Promise.race([turn({ name, system, part, round, signal }), tooLate]);
      if (round >= 0) kept.push({ part: part.name, sample });
    } catch (error) {
      const failure = signal.aborted
        ? { reason: `there was no answer within ${deadline / 1000} s` }
        : { part: part.name, reason: reasonOf(error) };
      notMeasured.push({ system: name, measure, ...failure });
    }
  };

  const total = (warmUp + rounds) * parts.length * systems.size;
  let done = 0;
  for (const { model } of systems.values()) model.latency = modelLatency;
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, part] of parts.entries()) {
      await inTurns(turnOrder(systems, warmUp + round + index), stagger, async ([name, system]) => {
        if (!isOut(name, part.name)) await take(name, system, part, round);
        onProgress?.({ measure: title, done: ++done, total });
      });
    }
  }
  for (const { model } of systems.values()) model.latency = 0;
  const samples = kept.filter(({ part, sample }) => !isOut(sample.system, part)).map(({ sample }) => sample);
  return { samples, notMeasured };
}

/** Does something for each of several things, one after the other, or each so many milliseconds after the one before. */
async function inTurns<T>(things: T[], apart: number | undefined, turn: (thing: T) => Promise<void>): Promise<void> {
  if (apart === undefined) {
    for (const thing of things) await turn(thing);
  } else {
    await Promise.all(things.map((thing, position) => delay(position * apart).then(() => turn(thing))));
  }
}

/** An error's message, with what fetch keeps to itself. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/**
 * The order in which things have their turns in a round: a Williams design, so that over as many rounds as there are
 * things (twice as many if their number is odd), each has each place, and comes after each other one, equally often.
 * Who comes after a system that keeps the disk busy for a moment is then not always the same.
 *
 * Williams, "Experimental designs balanced for the estimation of residual effects of treatments" (1949),
 * https://doi.org/10.1071/CH9490149
 */
export function turnOrder<T>(things: Iterable<T>, round: number): T[] {
  const all = [...things];
  const count = all.length;
  // 0, 1, -1, 2, -2, …: the distances between neighbours are all different.
  const places = all.map((_, index) => (index % 2 === 1 ? (index + 1) / 2 : count - index / 2));
  const order = places.map((place) => all[(place + round) % count] as T);
  return count % 2 === 1 && Math.floor(round / count) % 2 === 1 ? order.reverse() : order;
}

/**
 * Sends one request, in a session of its own where it takes one, and waits for the answer.
 *
 * @returns the answer, and how long it took in milliseconds
 * @throws Error if the answer is an error, or it was not this request's number of model calls that led to it
 */
export async function ask(
  { ingress, model }: SystemUnderTest,
  request: Pick<ExampleRequest, "name" | "pattern" | "call" | "body" | "modelCalls">,
  signal: AbortSignal,
): Promise<{ body: unknown; milliseconds: number }> {
  const callsBefore = model.calls.length;
  const path = callPath(request, freshKey("session"));
  const start = performance.now();
  const { status, body } = await ingress.call(path, request.body, { signal });
  const milliseconds = performance.now() - start;
  requireOk(path, status, body);
  requireModelCalls(path, model.calls.length - callsBefore, request.modelCalls);
  return { body, milliseconds };
}

/** @throws Error with the answer, if it is one */
export function requireOk(path: string, status: number, body: unknown): void {
  if (status !== 200) throw new Error(`${path} answered ${status} ${JSON.stringify(body)}`.slice(0, 500));
}

/** @throws Error if there were more model calls, or fewer, than the work needs: times of other work compare with nothing */
export function requireModelCalls(what: string, made: number, expected: number): void {
  if (made !== expected) throw new Error(`${what} made ${made} model calls; ${expected} were expected`);
}
