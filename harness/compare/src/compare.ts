import { runConformance } from "@durable-agents/conformance";
import { crashTargets, NotMeasuredError, type SystemUnderTest } from "@durable-agents/crash-harness";
import { type MeasuredOn, machineIsBusy, measuredOn, type Pattern } from "@durable-agents/testkit";
import { type Costs, measureCosts } from "./costs/cost.ts";
import { answerPatterns, measureCrashes, measureRecovery, type UncrashedPatterns } from "./crashes/crashes.ts";
import { measureTimeline } from "./crashes/timelines.ts";
import type { CrashSample, NotMeasured, Results, Timeline } from "./results.ts";
import { workProblem } from "./same-work.ts";
import { postgresVersion, type System } from "./systems.ts";

export interface ComparisonOptions {
  mode: "full" | "quick";
  /** What was run, such as `npm run compare`, for the results file. */
  command: string;
  patterns: Pattern[];
  /** Gets the answer that a pattern's request got without a crash. */
  onAnswer?: (system: System, pattern: Pattern, answer: unknown) => void;
}

type Progress = (what: string) => void;

/** The pattern that timelines show: it has parallel calls, of which some are done when the kill comes. */
const TIMELINE_PATTERN = "orchestrator-worker";

const COSTS = ["latencies", "throughput", "storage", "memory", "fanOut"] as const;

const ONLY_FULL = "only a full run measures it";

/**
 * Compares systems: whether they do the work, what a crash does to it, and what durability costs. A
 * system that does not do the work gets no numbers; of what can't be measured, the reason is written down.
 */
export class Comparison implements AsyncDisposable {
  readonly systems: System[];
  readonly #options: ComparisonOptions;
  readonly #environment: MeasuredOn;
  readonly #started = performance.now();
  readonly #disqualified = new Map<System, string>();
  readonly #crashes: CrashSample[] = [];
  readonly #timelines: Timeline[] = [];
  readonly #notMeasured: NotMeasured[] = [];
  readonly #leases = new Map<System, Lease>();
  readonly #uncrashed = new Map<System, UncrashedPatterns>();
  #costs: Costs | undefined;
  #disturbed: string | undefined;

  constructor(systems: System[], options: ComparisonOptions) {
    this.systems = systems;
    this.#options = options;
    this.#environment = measuredOn(options.command);
    this.#lookForDisturbance();
  }

  /** Looks whether the machine is busy with something else, which times would show: between measures, when all is idle. */
  #lookForDisturbance(): void {
    this.#disturbed ??= machineIsBusy();
  }

  /** Looks whether a system does the work and, if it does, kills it in every way. Collects what there is. */
  async crash(system: System, onProgress: Progress = () => undefined): Promise<void> {
    const problem = await this.#problemOf(system, onProgress);
    if (problem !== undefined) {
      this.#disqualified.set(system, problem);
      await this.#leaseOf(system).end();
      return;
    }
    const { name } = system.info;
    const quick = this.#options.mode === "quick";
    for (const target of crashTargets) {
      if (quick && this.#crashes.some((sample) => sample.system === name)) {
        this.#leaveOut(name, "crashes", target, ONLY_FULL);
        continue;
      }
      await this.#attempt(system, "crashes", target, async (running) => {
        if (target !== "server" && !running.service) throw new NothingToMeasure(RUNS_ELSEWHERE);
        if (target !== "service" && !running.server)
          throw new NothingToMeasure("it stores nothing, so there is no such server");
        const randomMoments = quick ? 0 : target === "service" ? 5 : 2;
        await measureCrashes(name, running, this.#uncrashedOf(system), this.#crashes, {
          target,
          randomMoments,
          onProgress,
        });
      });
    }
    if (!quick) await this.#leaseOf(system).end();
  }

  /** Measures how soon a system recovers by itself, if it does, and draws one crash. It should have the machine for itself. */
  async recover(system: System, onProgress: Progress = () => undefined): Promise<void> {
    if (this.#disqualified.has(system)) return;
    const { name } = system.info;
    const { patterns, mode } = this.#options;
    const quick = mode === "quick";
    // Of what recovers only when its client retries, the time says nothing.
    const recovers = ({ system, target, recoveredBy }: CrashSample) =>
      system === name && target === "service" && recoveredBy === "itself";
    this.#lookForDisturbance();
    if (this.#crashes.some(recovers)) {
      await this.#attempt(system, "crashes", "times", async (running) => {
        const uncrashed = this.#uncrashedOf(system);
        await measureRecovery(name, running, quick ? [uncrashed] : uncrashed.map((it) => [it]), this.#crashes, {
          repetitions: quick ? 1 : 3,
          onProgress,
        });
      });
    }
    const pictured = patterns.find(({ name }) => name === TIMELINE_PATTERN);
    if (quick || !pictured) {
      this.#leaveOut(name, "timelines", TIMELINE_PATTERN, quick ? ONLY_FULL : "the pattern was left out");
      return;
    }
    await this.#attempt(system, "timelines", pictured.name, async (running) => {
      onProgress("draw one crash");
      this.#timelines.push(await measureTimeline(name, running, pictured));
    });
    await this.#leaseOf(system).end();
  }

  /** Measures what durability costs, of all systems that do the work, side by side. */
  async measureCosts(onProgress: Progress = () => undefined): Promise<void> {
    const { mode, patterns } = this.#options;
    const qualified = this.systems.filter((system) => !this.#disqualified.has(system));
    this.#lookForDisturbance();
    try {
      this.#costs = await measureCosts(qualified, {
        mode,
        patterns,
        running: (system) => this.#leaseOf(system).running(),
        onProgress: ({ measure, done, total }) => onProgress(`${measure}: ${done} of ${total}`),
      });
    } catch (error) {
      // The crashes are worth being written down all the same.
      for (const { info } of qualified)
        for (const measure of COSTS) this.#leaveOut(info.name, measure, undefined, messageOf(error), true);
    }
    this.#lookForDisturbance();
  }

  /** Everything that was measured so far. */
  get results(): Results {
    const costs = this.#costs;
    return {
      environment: {
        ...this.#environment,
        mode: this.#options.mode,
        disturbed: this.#disturbed ?? null,
        postgres: postgresVersion(),
        seconds: Math.round((performance.now() - this.#started) / 1000),
        mockModelCallsPerSecond: costs?.mockModelCallsPerSecond ?? null,
      },
      systems: this.systems.map((system) => {
        const disqualified = this.#disqualified.get(system);
        return { ...system.info, ...(disqualified !== undefined && { disqualified }) };
      }),
      patterns: this.#options.patterns.map(({ name, criticalPath, request: { modelCalls } }) => ({
        name,
        modelCalls,
        criticalPath,
      })),
      crashes: this.#crashes,
      timelines: this.#timelines,
      latencies: costs?.latencies ?? [],
      throughput: costs?.throughput ?? [],
      storage: costs?.storage ?? [],
      memory: costs?.memory ?? [],
      fanOut: costs?.fanOut ?? [],
      notMeasured: [...this.#notMeasured, ...(costs?.notMeasured ?? [])],
    };
  }

  /**
   * Why a system gets no numbers: it does not start, or does not do the work that is compared. What a crash does to it is
   * not asked here, since that is what is measured.
   */
  async #problemOf(system: System, onProgress: Progress): Promise<string | undefined> {
    const { mode, patterns, onAnswer } = this.#options;
    const lease = this.#leaseOf(system);
    onProgress("does it do the work?");
    try {
      const running = await lease.running();
      const problem = mode === "quick" ? undefined : await workProblem(running);
      if (problem !== undefined) return problem;
      const uncrashed = await answerPatterns(running, patterns);
      this.#uncrashed.set(system, uncrashed);
      for (const { request, answer } of uncrashed) onAnswer?.(system, request.pattern, answer);
    } catch (error) {
      return messageOf(error);
    }
    if (mode === "quick" || !system.conformance) return undefined;
    onProgress("does it keep to the contract?");
    // The suite starts a server of its own; an implementation that runs elsewhere belongs to one at a time.
    await lease.end();
    const results = await runConformance({ ...system.conformance, filter: ({ id }) => id.startsWith("C") });
    const failed = results.find(({ outcome }) => outcome === "failed");
    return failed && `${failed.id}: ${failed.message}`;
  }

  #leaseOf(system: System): Lease {
    const lease = this.#leases.get(system) ?? new Lease(system);
    this.#leases.set(system, lease);
    return lease;
  }

  #uncrashedOf(system: System): UncrashedPatterns {
    return this.#uncrashed.get(system) ?? [];
  }

  /** Runs a measure; if it fails, that is written down, and the next one gets a system that is started anew. */
  async #attempt(
    system: System,
    measure: NotMeasured["measure"],
    part: string,
    run: (running: SystemUnderTest) => Promise<void>,
  ): Promise<void> {
    const lease = this.#leaseOf(system);
    try {
      await run(await lease.running());
    } catch (error) {
      const failed = !(error instanceof NothingToMeasure || error instanceof NotMeasuredError);
      this.#leaveOut(system.info.name, measure, part, messageOf(error), failed);
      await lease.end();
    }
  }

  /** Ends what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#leases.values()].map((lease) => lease.end()));
  }

  #leaveOut(
    system: string,
    measure: NotMeasured["measure"],
    part: string | undefined,
    reason: string,
    failed = false,
  ): void {
    this.#notMeasured.push({
      system,
      measure,
      ...(part !== undefined && { part }),
      reason,
      ...(failed && { failed }),
    });
  }
}

/** A system that is started when it is first needed, and ended at last. */
class Lease {
  readonly system: System;
  #running: SystemUnderTest | undefined;

  constructor(system: System) {
    this.system = system;
  }

  async running(): Promise<SystemUnderTest> {
    this.#running ??= await this.system.start();
    return this.#running;
  }

  /** Ends it; the next measure gets one that is started anew. */
  async end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    try {
      await running?.[Symbol.asyncDispose]();
    } catch {
      // It is cleared up when this process ends; that is no reason to lose what was measured.
    }
  }
}

/** It is no failure that this is not measured: the message says why there is nothing to be. */
class NothingToMeasure extends Error {
  override name = "NothingToMeasure";
}

const RUNS_ELSEWHERE = "it runs elsewhere, so its process can't be killed: give its folder";

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
