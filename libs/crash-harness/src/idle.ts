import { readdir, readFile } from "node:fs/promises";
import pidusage from "pidusage";
import { sleep } from "./processes.ts";
import { recordedCalls, type SystemUnderTest } from "./system.ts";

/**
 * How much of a core a process must have used, or have waited for, to count as busy: of a service next to nothing, of a
 * server more, since servers look after themselves, and are asked by us.
 */
const BUSY_SERVICE = 0.1;
const BUSY_SERVER = 0.5;

/** How long processor time is added up, in milliseconds. */
const SAMPLE = 200;

/**
 * Tells how long a system has done nothing. What it does is seen in its calls, and in its processes: one that wants to run
 * and is not let, because the machine is busy, is not idle. So no verdict depends on how fast the machine is.
 */
export class Activity {
  readonly #system: SystemUnderTest;
  #state = "";
  #since = Date.now();
  #sampled = { at: 0, service: 0, server: 0 };

  /** @param system whose processes are looked at */
  constructor(system: SystemUnderTest) {
    this.#system = system;
  }

  /**
   * Looks again.
   *
   * @param more what else shows that something happened, when it changes
   * @returns for how many milliseconds nothing has happened, as far as looks tell
   */
  async idleFor(more = ""): Promise<number> {
    const state = JSON.stringify([more, recordedCalls(this.#system).map(({ id, outcome }) => [id, outcome])]);
    if (state !== this.#state || (await this.#isBusy())) this.#since = Date.now();
    this.#state = state;
    return Date.now() - this.#since;
  }

  async #isBusy(): Promise<boolean> {
    const { at, ...before } = this.#sampled;
    const elapsed = Date.now() - at;
    if (elapsed < SAMPLE) return false;
    const [service, server] = await Promise.all([
      processorTime((await this.#system.service?.pids()) ?? []),
      processorTime((await this.#system.server?.pids().catch(() => [])) ?? []),
    ]);
    this.#sampled = { at: Date.now(), service, server };
    // Processes that are new, or gone, did something.
    if (service < before.service || server < before.server) return true;
    return service - before.service > BUSY_SERVICE * elapsed || server - before.server > BUSY_SERVER * elapsed;
  }
}

/**
 * The processor time that processes have used so far, in milliseconds, and, on Linux, have been ready to use but did not get:
 * https://docs.kernel.org/scheduler/sched-stats.html, `/proc/<pid>/schedstat`.
 */
async function processorTime(pids: number[]): Promise<number> {
  const times = await Promise.all(pids.map(process.platform === "linux" ? timeOnLinux : timeElsewhere));
  return times.reduce((sum, time) => sum + time, 0);
}

async function timeOnLinux(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = await Promise.all(
    threads.map(async (thread) => {
      const [used = "0", waited = "0"] = (
        await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "")
      ).split(" ");
      return (Number(used) + Number(waited)) / 1e6;
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}

const timeElsewhere = (pid: number) =>
  pidusage(pid).then(
    ({ ctime }) => ctime,
    () => 0,
  );

/** How long is waited for something that is slow but under way, in milliseconds. */
const NOT_MEASURED_AFTER = 600_000;

/** How long after a look the next one comes, in milliseconds. */
export const LOOK_INTERVAL = 20;

/** Something can't be measured here; the message says why. It is no failure of the system. */
export class NotMeasuredError extends Error {
  override name = "NotMeasuredError";
}

/**
 * Waits until something is over, or the system is idle and will not get there.
 *
 * @param patience for how many milliseconds it must have been idle
 * @throws NotMeasuredError if neither happens in ten minutes
 */
export async function untilOverOrIdle(
  system: SystemUnderTest,
  patience: number,
  isOver: () => boolean | Promise<boolean>,
): Promise<void> {
  const activity = new Activity(system);
  await untilMeasured("it recovers or is idle", async () => (await isOver()) || (await activity.idleFor()) > patience);
}

/** Waits for something that comes, however slow the machine is. @throws NotMeasuredError if it does not in ten minutes */
export async function untilMeasured(
  what: string,
  condition: () => Promise<boolean>,
  interval = () => LOOK_INTERVAL,
): Promise<void> {
  const deadline = Date.now() + NOT_MEASURED_AFTER;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new NotMeasuredError(
        `Waited ${NOT_MEASURED_AFTER / 60_000} minutes until ${what}; this machine is too slow`,
      );
    }
    await sleep(interval());
  }
}
