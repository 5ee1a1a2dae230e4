import { runConformance } from "@durable-agents/conformance";
import { crashTargets, NotMeasuredError, type SystemUnderTest } from "@durable-agents/crash-harness";
import { type MeasuredOn, machineIsBusy, measuredOn, type Pattern } from "@durable-agents/testkit";
import { type Costs, costEnvironment, costMeasures, measureCosts, noSamples, ONLY_FULL } from "./costs/cost.ts";
import { reasonOf } from "./costs/turns.ts";
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

/**
 * Compares systems: whether they do the work, what a crash does to it, and what durability costs. A
 * system that does not do the work gets no numbers; of what can't be measured, the reason is written down.
 */
export class Comparison implements AsyncDisposable {
  readonly systems: System[];
  readonly #options: ComparisonOptions;
  readonly #environment: MeasuredOn;
  readonly #started = performance.now();
  readonly #subjects: Map<System, Subject>;
  readonly #crashes: CrashSample[] = [];
  readonly #timelines: Timeline[] = [];
  readonly #notMeasured: NotMeasured[] = [];
  #costs: Costs = { ...noSamples(), notMeasured: [], mockModelCallsPerSecond: null };
  #disturbed: string | undefined;

  constructor(systems: System[], options: ComparisonOptions) {
    this.systems = systems;
    this.#subjects = new Map(systems.map((system) => [system, new Subject(system)]));
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
    const subject = this.#subjectOf(system);
    subject.disqualified = await this.#problemOf(subject, onProgress);
    if (subject.disqualified !== undefined) return subject.end();
    const { name } = system.info;
    const quick = this.#options.mode === "quick";
    for (const target of crashTargets) {
      if (quick && this.#crashes.some((sample) => sample.system === name)) {
        this.#leaveOut(name, "crashes", target, ONLY_FULL);
        continue;
      }
      await this.#attempt(subject, "crashes", target, async (running) => {
        if (target !== "server" && !running.service) throw new NotMeasuredError(RUNS_ELSEWHERE);
        if (target !== "service" && !running.server)
          throw new NotMeasuredError("it stores nothing, so there is no such server");
        const often = target === "service" ? 5 : 2;
        const measure = { target, randomMoments: quick ? 0 : often, onProgress };
        await measureCrashes(name, running, subject.uncrashed, this.#crashes, measure);
      });
    }
    if (!quick) await subject.end();
  }

  /** Measures how soon a system recovers by itself, if it does, and draws one crash. It should have the machine for itself. */
  async recover(system: System, onProgress: Progress = () => undefined): Promise<void> {
    const subject = this.#subjectOf(system);
    if (subject.disqualified !== undefined) return;
    const { name } = system.info;
    const { patterns, mode } = this.#options;
    const quick = mode === "quick";
    // Of what recovers only when its client retries, the time says nothing.
    const recovers = ({ system, target, recoveredBy }: CrashSample) =>
      system === name && target === "service" && recoveredBy === "itself";
    this.#lookForDisturbance();
    if (this.#crashes.some(recovers)) {
      await this.#attempt(subject, "crashes", "times", async (running) => {
        const { uncrashed } = subject;
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
    await this.#attempt(subject, "timelines", pictured.name, async (running) => {
      onProgress("draw one crash");
      this.#timelines.push(await measureTimeline(name, running, pictured));
    });
    await subject.end();
  }

  /** Measures what durability costs, of all systems that do the work, side by side. */
  async measureCosts(onProgress: Progress = () => undefined): Promise<void> {
    const { mode, patterns } = this.#options;
    const qualified = this.systems.filter((system) => this.#subjectOf(system).disqualified === undefined);
    this.#lookForDisturbance();
    try {
      this.#costs = await measureCosts(qualified, {
        mode,
        patterns,
        running: (system) => this.#subjectOf(system).running(),
        onProgress: ({ measure, done, total }) => onProgress(`${measure}: ${done} of ${total}`),
      });
    } catch (error) {
      // The crashes are worth being written down all the same.
      for (const { info } of qualified)
        for (const measure of costMeasures) this.#leaveOut(info.name, measure, undefined, reasonOf(error), true);
    }
    this.#lookForDisturbance();
  }

  /** Everything that was measured so far. */
  get results(): Results {
    const { mockModelCallsPerSecond, notMeasured, ...costs } = this.#costs;
    return {
      environment: {
        ...this.#environment,
        mode: this.#options.mode,
        disturbed: this.#disturbed ?? null,
        postgres: postgresVersion(),
        seconds: Math.round((performance.now() - this.#started) / 1000),
        mockModelCallsPerSecond,
      },
      systems: this.systems.map((system) => {
        const { disqualified } = this.#subjectOf(system);
        return { ...system.info, ...(disqualified !== undefined && { disqualified }) };
      }),
      patterns: this.#options.patterns.map(({ name, criticalPath, request: { modelCalls } }) => ({
        name,
        modelCalls,
        criticalPath,
      })),
      crashes: this.#crashes,
      timelines: this.#timelines,
      ...costs,
      notMeasured: [...this.#notMeasured, ...notMeasured],
    };
  }

  /**
   * Why a system gets no numbers: it does not start, or does not do the work that is compared. What a crash does to it is
   * not asked here, since that is what is measured.
   */
  async #problemOf(subject: Subject, onProgress: Progress): Promise<string | undefined> {
    const { mode, patterns, onAnswer } = this.#options;
    const { system } = subject;
    onProgress("does it do the work?");
    try {
      const running = await subject.running();
      const problem = mode === "quick" ? undefined : await workProblem(running);
      if (problem !== undefined) return problem;
      subject.uncrashed = await answerPatterns(running, patterns);
      for (const { request, answer } of subject.uncrashed) onAnswer?.(system, request.pattern, answer);
    } catch (error) {
      return reasonOf(error);
    }
    if (mode === "quick" || !system.conformance) return undefined;
    onProgress("does it keep to the contract?");
    // The suite starts a server of its own; an implementation that runs elsewhere belongs to one at a time.
    await subject.end();
    const results = await runConformance({ ...system.conformance, filter: ({ id }) => id.startsWith("C") });
    const failed = results.find(({ outcome }) => outcome === "failed");
    return failed && `${failed.id}: ${failed.message}`;
  }

  #subjectOf(system: System): Subject {
    return this.#subjects.get(system) as Subject;
  }

  /** Runs a measure; if it fails, that is written down, and the next one gets a system that is started anew. */
  async #attempt(
    subject: Subject,
    measure: NotMeasured["measure"],
    part: string,
    run: (running: SystemUnderTest) => Promise<void>,
  ): Promise<void> {
    try {
      await run(await subject.running());
    } catch (error) {
      const failed = !(error instanceof NotMeasuredError);
      this.#leaveOut(subject.system.info.name, measure, part, reasonOf(error), failed);
      await subject.end();
    }
  }

  /** Ends what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#subjects.values()].map((subject) => subject.end()));
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

/** A system and what is known of it. It is started when it is first needed, and ended at last. */
class Subject {
  readonly system: System;
  /** Why it gets no numbers. */
  disqualified: string | undefined;
  uncrashed: UncrashedPatterns = [];
  #running: SystemUnderTest | undefined;

  constructor(system: System) {
    this.system = system;
  }

  async running(): Promise<SystemUnderTest> {
    this.#running ??= await this.system.start(costEnvironment);
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

const RUNS_ELSEWHERE = "it runs elsewhere, so its process can't be killed: give its folder";
