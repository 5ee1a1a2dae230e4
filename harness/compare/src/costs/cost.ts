import type { SystemUnderTest } from "@durable-agents/crash-harness";
import { findPattern, type Pattern } from "@durable-agents/testkit";
import type { Environment, NotMeasured, Results } from "../results.ts";
import type { System } from "../systems.ts";
import { fanOutEnvironment, measureFanOut } from "./fan-out.ts";
import { measureLatency } from "./latency.ts";
import { measureMemory } from "./memory.ts";
import { measureStorage } from "./storage.ts";
import { measureMockModel, measureThroughput } from "./throughput.ts";
import { type Measured, type OnProgress, reasonOf } from "./turns.ts";

export interface CostOptions {
  mode: Environment["mode"];
  /** What is measured. */
  patterns: Pattern[];
  /** Gets a system that runs, started with {@link costEnvironment}. */
  running: (system: System) => Promise<SystemUnderTest>;
  onProgress?: OnProgress;
}

/** What durability costs when nothing fails, in the order of the results. */
export const costMeasures = ["latencies", "throughput", "storage", "memory", "fanOut"] as const;
type Samples = Pick<Results, (typeof costMeasures)[number]>;
export type Costs = Samples & Pick<Results, "notMeasured"> & Pick<Environment, "mockModelCallsPerSecond">;

/** Where samples go. */
export const noSamples = (): Samples => ({ latencies: [], throughput: [], storage: [], memory: [], fanOut: [] });

/** One of the measures, or a part of it. */
interface Step {
  measure: keyof Samples;
  part?: string;
  /** Whether a quick run takes it, too. */
  isQuick?: boolean;
  /** The pattern without which there is nothing to measure. */
  needs?: string;
  run(): Promise<Measured<Samples[keyof Samples][number]>>;
}

/** How long the model takes where it takes its time, in milliseconds. */
const SLOW_MODEL = 500;

const load = { concurrency: 32, seconds: 2, rampUpSeconds: 0.3 };
const workers = [4, 16, 64, 256];

/** What every system finds in its environment. */
export const costEnvironment = fanOutEnvironment(workers);

/** Why something is not measured in a quick run. */
export const ONLY_FULL = "only a full run measures it";

/**
 * Measures what durability costs, for all systems in one run. A system that does not start, fails or hangs is not
 * measured, with the reason; the others go on.
 */
export async function measureCosts(
  systems: System[],
  { mode, patterns, running: runningOf, onProgress }: CostOptions,
): Promise<Costs> {
  const isFull = mode === "full";
  const running = new Map<string, SystemUnderTest>();
  const router = findPattern("router");
  const steps: Step[] = [
    { measure: "memory", part: "idle", run: () => measureMemory(running, "idle", { onProgress }) },
    {
      measure: "latencies",
      isQuick: true,
      run: () =>
        measureLatency(running, patterns, {
          ...(isFull ? { rounds: 30, warmUp: 5 } : { rounds: 3, warmUp: 1 }),
          onProgress,
        }),
    },
    {
      measure: "latencies",
      part: `${SLOW_MODEL} ms`,
      run: () =>
        measureLatency(running, patterns, {
          modelLatency: SLOW_MODEL,
          rounds: 10,
          warmUp: 1,
          stagger: SLOW_MODEL / Math.max(1, running.size),
          onProgress,
        }),
    },
    { measure: "storage", isQuick: true, run: () => measureStorage(running, patterns, { onProgress }) },
    {
      measure: "throughput",
      needs: router.name,
      run: () => measureThroughput(running, router, { ...load, rounds: 3, warmUp: 1, onProgress }),
    },
    { measure: "memory", part: "after load", run: () => measureMemory(running, "after load", { onProgress }) },
    {
      measure: "fanOut",
      needs: "orchestrator-worker",
      run: () => measureFanOut(running, workers, { modelLatency: 300, rounds: 3, warmUp: 1, onProgress }),
    },
  ];

  const mockModelCallsPerSecond = isFull ? await measureMockModel(load) : null;
  const notMeasured: NotMeasured[] = [];
  for (const [index, system] of systems.entries()) {
    const { name } = system.info;
    try {
      running.set(name, await runningOf(system));
    } catch (error) {
      const reason = `it did not start: ${reasonOf(error)}`;
      for (const measure of costMeasures) notMeasured.push({ system: name, measure, reason });
    }
    onProgress?.({ measure: "start", done: index + 1, total: systems.length });
  }
  const samples = noSamples();
  for (const { measure, part, isQuick, needs, run } of steps) {
    const isLeftOut = needs !== undefined && patterns.every(({ name }) => name !== needs);
    if (isLeftOut || !(isFull || isQuick)) {
      const reason = isFull ? "the pattern that it needs was left out" : ONLY_FULL;
      for (const { info } of systems) notMeasured.push({ system: info.name, measure, ...(part && { part }), reason });
      continue;
    }
    const found = await run();
    (samples[measure] as unknown[]).push(...found.samples);
    notMeasured.push(...found.notMeasured);
  }
  return { ...samples, notMeasured, mockModelCallsPerSecond };
}
