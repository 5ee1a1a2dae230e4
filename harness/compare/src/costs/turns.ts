import { setTimeout as delay } from "node:timers/promises";
import { callPath, type ExampleRequest, freshKey, type SystemUnderTest } from "@durable-agents/crash-harness";
import type { NotMeasured } from "../results.ts";

// What the cost measures have in common: systems take turns, and one that fails is reported while the others go on.

/** The systems that take part in a measure, by name. */
export type RunningSystems = ReadonlyMap<string, SystemUnderTest>;

/** What a measure found, and what it did not. */
export interface Measured<Sample> {
  samples: Sample[];
  notMeasured: NotMeasured[];
}

/** How far a measure is. */
export interface Progress {
  measure: string;
  /** Turns taken, and to be taken. */
  done: number;
  total: number;
}

export type OnProgress = (progress: Progress) => void;

/** What all measures take. */
export interface TurnOptions {
  /** After how many milliseconds a turn is given up: a minute unless set. */
  deadline?: number;
  onProgress?: OnProgress;
}

/** Something took too long. */
class DeadlineError extends Error {
  override name = "DeadlineError";
}

/**
 * Keeps the samples of a measure. A system that fails in a part of it, such as a pattern, has no samples of that part,
 * but a reason; it has no further turns in it. One that hangs is out of the whole measure.
 */
export class Turns<Sample extends { system: string }> {
  readonly #measure: NotMeasured["measure"];
  readonly #deadline: number;
  readonly #progress: () => void;
  readonly #kept: { part: string | undefined; sample: Sample }[] = [];
  readonly #notMeasured: NotMeasured[] = [];

  /** @param total how many turns there will be, for `onProgress` */
  constructor(
    measure: NotMeasured["measure"],
    total: number,
    { deadline = 60_000, onProgress }: TurnOptions,
    title: string = measure,
  ) {
    this.#measure = measure;
    this.#deadline = deadline;
    let done = 0;
    this.#progress = () => onProgress?.({ measure: title, done: ++done, total });
  }

  /**
   * Gives a system its turn, unless it has failed in this part before.
   *
   * @param part what of the measure this is; undefined if it has no parts
   * @param turn what it does; it should give up when the signal says so. A sample that it returns is kept.
   */
  async take(
    system: string,
    part: string | undefined,
    turn: (signal: AbortSignal) => Promise<Sample | undefined>,
  ): Promise<void> {
    if (!this.#failed(system, part)) {
      try {
        const sample = await within(this.#deadline, turn);
        if (sample) this.#kept.push({ part, sample });
      } catch (error) {
        this.skip(system, reasonOf(error), error instanceof DeadlineError ? undefined : part);
      }
    }
    this.#progress();
  }

  /** Says why something of a system is not measured: a part of the measure, or all of it. */
  skip(system: string, reason: string, part?: string): void {
    if (this.#failed(system, part)) return;
    this.#notMeasured.push({ system, measure: this.#measure, ...(part !== undefined && { part }), reason });
  }

  get result(): Measured<Sample> {
    const kept = this.#kept.filter(({ part, sample }) => !this.#failed(sample.system, part));
    return { samples: kept.map(({ sample }) => sample), notMeasured: this.#notMeasured };
  }

  #failed(system: string, part: string | undefined): boolean {
    return this.#notMeasured.some((it) => it.system === system && (it.part === undefined || it.part === part));
  }
}

/**
 * Runs something that may hang.
 *
 * @throws Error that says so, if it takes longer than `deadline` milliseconds; it is told by its signal, and left alone
 */
export async function within<T>(deadline: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const ended = new AbortController();
  const tooLate = delay(deadline, undefined, { signal: ended.signal }).then(() => {
    const error = new DeadlineError(`there was no answer within ${deadline / 1000} s`);
    stop.abort(error);
    throw error;
  });
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([work(stop.signal), tooLate]);
  } finally {
    ended.abort();
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
