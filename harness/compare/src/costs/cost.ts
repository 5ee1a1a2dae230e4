import type { SystemUnderTest } from "@durable-agents/crash-harness";
import { patterns as allPatterns, type Pattern } from "@durable-agents/testkit";
import type { Environment, NotMeasured, Results } from "../results.ts";
import type { StartOptions, System } from "../systems.ts";
import { fanOutEnvironment, measureFanOut } from "./fan-out.ts";
import { measureLatency } from "./latency.ts";
import { measureMemory } from "./memory.ts";
import { measureStorage } from "./storage.ts";
import { measureMockModel, measureThroughput } from "./throughput.ts";
import { type OnProgress, type RunningSystems, reasonOf, within } from "./turns.ts";

export interface CostOptions {
  mode: Environment["mode"];
  /** What is measured; all patterns unless set. */
  patterns?: Pattern[];
  /** Gets a system that runs, as it was used before: a quick run starts none anew. */
  running: (system: System) => Promise<SystemUnderTest>;
  onProgress?: OnProgress;
}

/** The parts of the results that say what durability costs when nothing fails. */
export type Costs = Pick<Results, "latencies" | "throughput" | "storage" | "memory" | "fanOut" | "notMeasured"> &
  Pick<Environment, "mockModelCallsPerSecond">;

/** How long the model takes where it takes its time, in milliseconds. */
const SLOW_MODEL = 500;

const throughputOptions = { concurrency: 32, seconds: 2, rampUpSeconds: 0.3, rounds: 3, warmUp: 1 };
const fanOutOptions = { workers: [4, 16, 64, 256], modelLatency: 300, rounds: 3, warmUp: 1, deadline: 60_000 };

/**
 * Measures what durability costs, for all systems in one run. A system that does not start, fails or hangs is not
 * measured, with the reason; the others go on.
 *
 * @param systems what is compared, each started here and ended again
 */
export async function measureCosts(
  systems: System[],
  { mode, patterns = allPatterns, running, onProgress = () => undefined }: CostOptions,
): Promise<Costs> {
  const costs: Costs = {
    latencies: [],
    throughput: [],
    storage: [],
    memory: [],
    fanOut: [],
    notMeasured: [],
    mockModelCallsPerSecond: null,
  };
  if (mode === "full") await measureAll(systems, costs, patterns, onProgress);
  else await measureQuickly(systems, costs, patterns, running, onProgress);
  return costs;
}

async function measureQuickly(
  systems: System[],
  costs: Costs,
  patterns: Pattern[],
  runningOf: CostOptions["running"],
  onProgress: OnProgress,
): Promise<void> {
  const running = new Map<string, SystemUnderTest>();
  for (const system of systems) running.set(system.info.name, await runningOf(system));
  keep(
    costs,
    "latencies",
    await measureLatency(running, { patterns, modelLatency: 0, rounds: 3, warmUp: 1, onProgress }),
  );
  keep(costs, "storage", await measureStorage(running, { patterns, onProgress }));
  const reason = "only a full run measures it";
  for (const { info } of systems) {
    const system = info.name;
    costs.notMeasured.push({ system, measure: "latencies", part: `${SLOW_MODEL} ms`, reason });
    for (const measure of ["throughput", "memory", "fanOut"] as const) {
      costs.notMeasured.push({ system, measure, reason });
    }
  }
}

async function measureAll(systems: System[], costs: Costs, patterns: Pattern[], onProgress: OnProgress): Promise<void> {
  costs.mockModelCallsPerSecond = await measureMockModel(throughputOptions);
  {
    await using started = await startAll(systems, {}, onProgress);
    const { running, failed } = started;
    notStarted(costs, failed, ["latencies", "throughput", "storage", "memory"]);
    keep(costs, "memory", await measureMemory(running, { when: "idle", onProgress }));
    keep(
      costs,
      "latencies",
      await measureLatency(running, { patterns, modelLatency: 0, rounds: 30, warmUp: 5, onProgress }),
    );
    keep(
      costs,
      "latencies",
      await measureLatency(running, {
        patterns,
        modelLatency: SLOW_MODEL,
        rounds: 10,
        warmUp: 1,
        stagger: SLOW_MODEL / Math.max(1, running.size),
        onProgress,
      }),
    );
    keep(costs, "storage", await measureStorage(running, { patterns, onProgress }));
    const [pattern] = patterns.filter(({ request }) => request.name === "router-billing");
    if (pattern)
      keep(costs, "throughput", await measureThroughput(running, { ...throughputOptions, pattern, onProgress }));
    else notWanted(costs, systems, "throughput");
    keep(costs, "memory", await measureMemory(running, { when: "after load", onProgress }));
  }
  if (patterns.some(({ request }) => request.pattern === "orchestrator-worker")) {
    await using started = await startAll(systems, { env: fanOutEnvironment(fanOutOptions.workers) }, onProgress);
    notStarted(costs, started.failed, ["fanOut"]);
    keep(costs, "fanOut", await measureFanOut(started.running, { ...fanOutOptions, onProgress }));
  } else notWanted(costs, systems, "fanOut");
}

type Measure = Exclude<keyof Costs, "notMeasured" | "mockModelCallsPerSecond">;

function keep<M extends Measure>(
  costs: Costs,
  measure: M,
  { samples, notMeasured }: { samples: Costs[M]; notMeasured: NotMeasured[] },
): void {
  (costs[measure] as unknown[]).push(...samples);
  costs.notMeasured.push(...notMeasured);
}

function notStarted(costs: Costs, failed: Map<string, string>, measures: Measure[]): void {
  for (const [system, reason] of failed) {
    for (const measure of measures) costs.notMeasured.push({ system, measure, reason });
  }
}

function notWanted(costs: Costs, systems: System[], measure: Measure): void {
  for (const { info } of systems) {
    costs.notMeasured.push({ system: info.name, measure, reason: "the pattern that it needs was left out" });
  }
}

/** How many systems start at the same time: each is two or three processes that are busy then. */
const STARTING_AT_ONCE = 2;

/** How long a system may take to start, in milliseconds. */
const START_DEADLINE = 180_000;

interface Started extends AsyncDisposable {
  running: RunningSystems;
  /** Those that did not start, and why. */
  failed: Map<string, string>;
}

async function startAll(systems: System[], options: StartOptions, onProgress: OnProgress): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const started = new Map<string, SystemUnderTest>();
  const failed = new Map<string, string>();
  const queue = systems.values();
  const startNext = async () => {
    for (const { info, start } of queue) {
      const starting = start(options);
      try {
        started.set(info.name, stack.use(await within(START_DEADLINE, () => starting)));
      } catch (error) {
        failed.set(info.name, `it did not start: ${reasonOf(error)}`);
        // One that starts too late has to be ended all the same.
        starting.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined);
      }
      onProgress({ measure: "start", done: started.size + failed.size, total: systems.length });
    }
  };
  await Promise.all(Array.from({ length: STARTING_AT_ONCE }, startNext));
  const running = new Map(
    systems.flatMap(({ info: { name } }) => {
      const system = started.get(name);
      return system ? [[name, system] as const] : [];
    }),
  );
  const parts = stack.move();
  // What can't be cleared up now is cleared up when this process ends; it is no reason to lose what was measured.
  return { running, failed, [Symbol.asyncDispose]: () => parts.disposeAsync().catch(() => undefined) };
}
