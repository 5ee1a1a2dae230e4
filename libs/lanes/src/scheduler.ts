import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as macrotask } from "node:timers/promises";
import type { Awaitable, Executor } from "./sdk-internals.ts";

/** A chain of awaits that runs beside others. */
class Lane {
  readonly parent: Lane | undefined;
  /** Durable awaits, its own and those of lanes in it, that have not come back. */
  waiting = 0;

  constructor(parent: Lane | undefined) {
    this.parent = parent;
  }

  /** Counts up or down, here and in the lanes around it: a lane that waits for one that waits is waiting. */
  count(change: 1 | -1): void {
    for (let lane: Lane | undefined = this; lane; lane = lane.parent) lane.waiting += change;
  }
}

const currentLane = new AsyncLocalStorage<Lane>();

/** An await that the scheduler keeps until its turn comes. */
interface Parked {
  promise: Awaitable;
  lane: Lane | undefined;
  wake: () => void;
}

/**
 * An executor that lets many chains await at the same time.
 *
 * Every await is parked. When no lane can run any further, ONE await is made on "the first of all parked". Its winner is
 * whatever completed first in the journal, so it is the same at every replay. Exactly one chain goes on, until nothing
 * can run any further again. So the order in which code runs, and with it the order of the commands in the journal,
 * depends on the journal alone; the closures of `ctx.run` and remote calls overlap in time all the same.
 */
export class LaneScheduler {
  readonly #original: Executor;
  readonly #lanes = new Set<Lane>();
  #parked: Parked[] = [];
  /** Awaits that a cancellation has ended; they hear of it one by one, too. */
  #cancelled: Parked[] = [];
  #starting: { lane: Lane; start: () => void }[] = [];
  #looping = false;
  #changed: () => void = () => {};

  constructor(original: Executor) {
    this.#original = original;
  }

  /** What the SDK calls for each await of a RestatePromise. */
  doProgress(promise: Awaitable): Promise<void> {
    const lane = currentLane.getStore();
    return new Promise((wake) => {
      lane?.count(1);
      this.#parked.push({ promise, lane, wake });
      this.#wakeLoop();
    });
  }

  /** Runs a body as a lane. Lanes start in the order of these calls, each when those before it wait. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    const lane = new Lane(currentLane.getStore());
    lane.parent?.count(1);
    await new Promise<void>((start) => {
      this.#starting.push({ lane, start });
      this.#wakeLoop();
    });
    try {
      // A body may return a RestatePromise, which is awaited in the lane too.
      return await currentLane.run(lane, async () => await body());
    } finally {
      this.#lanes.delete(lane);
      this.#changed();
    }
  }

  #wakeLoop(): void {
    this.#changed();
    if (this.#looping) {
      // It may wait for the network on behalf of an older set of awaits.
      this.#original.externalProgressChannel.signal();
    } else {
      this.#looping = true;
      void this.#loop();
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      await this.#untilNothingRuns();
      const cancelled = this.#cancelled.shift();
      const next = cancelled ? undefined : this.#starting.shift();
      if (cancelled) {
        cancelled.lane?.count(-1);
        cancelled.promise.tryCancel();
        cancelled.wake();
      } else if (next) {
        this.#lanes.add(next.lane);
        next.lane.parent?.count(-1);
        next.start();
      } else if (this.#parked.length === 0) {
        this.#looping = false;
        return;
      } else if (!(await this.#resumeOne())) {
        // The attempt is over: it was suspended or has failed. Nothing may run any more.
        return;
      }
    }
  }

  /** Resolves when every lane waits, also for those that wait for something un-journaled meanwhile. */
  async #untilNothingRuns(): Promise<void> {
    for (;;) {
      await macrotask(); // all microtasks have run
      if ([...this.#lanes].every(({ waiting }) => waiting > 0)) return;
      await new Promise<void>((changed) => {
        this.#changed = changed;
      });
      this.#changed = () => {};
    }
  }

  /** Makes the one await, and lets the winner go on; all of them one by one, when the invocation was cancelled. */
  async #resumeOne(): Promise<boolean> {
    let winner: Parked | undefined;
    let cancelled = false;
    await this.#original.doProgress({
      tryComplete: async () => {
        for (const parked of [...this.#parked]) {
          if (!(await tryComplete(parked.promise))) continue;
          winner = parked;
          return;
        }
      },
      unresolvedFuture: () => (winner ? null : { FirstCompleted: this.#futures() }),
      tryCancel: () => {
        cancelled = true;
      },
    });
    if (cancelled) {
      this.#cancelled.push(...this.#parked.splice(0));
      return true;
    }
    if (!winner) return false;
    this.#parked.splice(this.#parked.indexOf(winner), 1);
    winner.lane?.count(-1);
    winner.wake();
    return true;
  }

  #futures(): unknown[] {
    return this.#parked.map(({ promise }) => promise.unresolvedFuture()).filter((future) => future !== null);
  }
}

/** Settles a promise if its result is there, and says whether it is. */
async function tryComplete(promise: Awaitable): Promise<boolean> {
  await promise.tryComplete();
  if (promise.isCompleted) return promise.isCompleted();
  // A combinator learns of its parts in later microtasks.
  await macrotask();
  return promise.unresolvedFuture() === null;
}

/** What stands in for the scheduler where it can't work: lanes run one after the other. */
export class SequentialLanes {
  /** The end of the last lane, for each lane around and for the handler itself (undefined). */
  readonly #last = new Map<object | undefined, Promise<unknown>>();
  readonly #around = new AsyncLocalStorage<object>();

  async run<T>(body: () => Promise<T>): Promise<T> {
    const around = this.#around.getStore();
    const before = this.#last.get(around) ?? Promise.resolve();
    const lane = before.then(() => this.#around.run({}, async () => await body()));
    this.#last.set(
      around,
      lane.catch(() => {}),
    );
    return lane;
  }
}
