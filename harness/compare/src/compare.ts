import { runConformance } from "@durable-agents/conformance";
import { type MeasuredOn, measuredOn } from "@durable-agents/testkit";
import { type Costs, measureCosts } from "./costs/cost.ts";
import { measureCrashes, measureRecovery } from "./crashes/crashes.ts";
import { measureTimeline } from "./crashes/timelines.ts";
import type { Pattern } from "./patterns.ts";
import type { CrashSample, NotMeasured, Results, Timeline } from "./results.ts";
import { workProblem } from "./same-work.ts";
import { postgresVersion, type RunningSubject, type Subject } from "./subjects.ts";

export interface ComparisonOptions {
  mode: "full" | "quick";
  /** What was run, such as `npm run compare`, for the results file. */
  command: string;
  patterns: Pattern[];
  /** Gets the answer that a pattern's undisturbed request got. */
  onAnswer?: (subject: Subject, pattern: Pattern, answer: unknown) => void;
}

type Progress = (what: string) => void;

/** The pattern that timelines show: it has parallel calls, of which some are done when the kill comes. */
const TIMELINE_PATTERN = "orchestrator-worker";

const COSTS = ["latencies", "throughput", "storage", "memory", "fanOut"] as const;

const ONLY_FULL = "only a full run measures it";

/**
 * Compares subjects: whether they do the work, what becomes of it when something is killed, and what durability costs. A
 * subject that does not do the work gets no numbers; of what can't be measured, the reason is written down.
 */
export class Comparison {
  readonly subjects: Subject[];
  readonly #options: ComparisonOptions;
  readonly #environment: MeasuredOn;
  readonly #started = performance.now();
  readonly #disqualified = new Map<Subject, string>();
  readonly #crashes: CrashSample[] = [];
  readonly #timelines: Timeline[] = [];
  readonly #notMeasured: NotMeasured[] = [];
  #costs: Costs | undefined;

  constructor(subjects: Subject[], options: ComparisonOptions) {
    this.subjects = subjects;
    this.#options = options;
    this.#environment = measuredOn(options.command);
  }

  /** Looks whether a subject does the work and, if it does, kills it in every way. Collects what there is. */
  async crash(subject: Subject, onProgress: Progress = () => undefined): Promise<void> {
    await using lease = new Lease(subject);
    const problem = await this.#problemOf(subject, lease, onProgress);
    if (problem !== undefined) {
      this.#disqualified.set(subject, problem);
      return;
    }
    const { name } = subject.info;
    const { patterns, mode, onAnswer } = this.#options;
    for (const disaster of ["service", "store", "both"] as const) {
      if (mode === "quick" && this.#crashes.some((sample) => sample.subject === name)) {
        this.#leaveOut(name, "crashes", disaster, ONLY_FULL);
        continue;
      }
      await this.#attempt(lease, "crashes", disaster, async (running) => {
        if (disaster !== "store" && !running.service) throw new NothingToMeasure(RUNS_ELSEWHERE);
        if (disaster !== "service" && !running.store)
          throw new NothingToMeasure("it stores nothing, so there is no such server");
        await measureCrashes(name, running, this.#crashes, {
          patterns,
          disaster,
          randomMoments: mode === "quick" ? 0 : disaster === "service" ? 5 : 2,
          onProgress,
          onAnswer: (pattern, answer) => onAnswer?.(subject, pattern, answer),
        });
      });
    }
  }

  /** Measures how soon a subject goes on by itself, if it does, and draws one crash. It should have the machine for itself. */
  async recover(subject: Subject, onProgress: Progress = () => undefined): Promise<void> {
    if (this.#disqualified.has(subject)) return;
    await using lease = new Lease(subject);
    const { name } = subject.info;
    const { patterns, mode } = this.#options;
    const quick = mode === "quick";
    // Of what goes on only when somebody asks, the time says nothing.
    const goesOn = ({ subject, disaster, resumedBy }: CrashSample) =>
      subject === name && disaster === "service" && resumedBy === "itself";
    if (this.#crashes.some(goesOn)) {
      await this.#attempt(lease, "crashes", "times", async (running) => {
        await measureRecovery(name, running, this.#crashes, {
          patterns,
          repetitions: quick ? 1 : 3,
          onProgress,
        });
      });
    }
    const pictured = patterns.find(({ id }) => id === TIMELINE_PATTERN);
    if (quick || !pictured) {
      this.#leaveOut(name, "timelines", TIMELINE_PATTERN, quick ? ONLY_FULL : "the pattern was left out");
      return;
    }
    await this.#attempt(lease, "timelines", pictured.name, async (running) => {
      onProgress("draw one crash");
      this.#timelines.push(await measureTimeline(name, running, pictured));
    });
  }

  /** Measures what durability costs, of all subjects that do the work, side by side. */
  async measureCosts(onProgress: Progress = () => undefined): Promise<void> {
    const { mode, patterns } = this.#options;
    const qualified = this.subjects.filter((subject) => !this.#disqualified.has(subject));
    try {
      this.#costs = await measureCosts(qualified, {
        mode,
        patterns,
        onProgress: ({ measure, done, total }) => onProgress(`${measure}: ${done} of ${total}`),
      });
    } catch (error) {
      // The crashes are worth being written down all the same.
      for (const { info } of qualified)
        for (const measure of COSTS) this.#leaveOut(info.name, measure, undefined, messageOf(error), true);
    }
  }

  /** Everything that was measured so far. */
  get results(): Results {
    const costs = this.#costs;
    return {
      environment: {
        ...this.#environment,
        mode: this.#options.mode,
        postgres: postgresVersion(),
        seconds: Math.round((performance.now() - this.#started) / 1000),
        mockModelCallsPerSecond: costs?.mockModelCallsPerSecond ?? null,
      },
      subjects: this.subjects.map((subject) => {
        const disqualified = this.#disqualified.get(subject);
        return { ...subject.info, ...(disqualified !== undefined && { disqualified }) };
      }),
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
   * Why a subject gets no numbers: it does not start, or does not do the work that is compared. What becomes of it in a
   * crash is not asked here, since that is what is measured.
   */
  async #problemOf(subject: Subject, lease: Lease, onProgress: Progress): Promise<string | undefined> {
    onProgress("does it do the work?");
    try {
      const problem = await workProblem(await lease.running());
      if (problem !== undefined) return problem;
    } catch (error) {
      return messageOf(error);
    }
    if (this.#options.mode === "quick" || !subject.conformance) return undefined;
    onProgress("does it keep to the contract?");
    // The suite starts a server of its own; an implementation that runs elsewhere belongs to one at a time.
    await lease.end();
    const results = await runConformance({ ...subject.conformance, filter: ({ id }) => id.startsWith("C") });
    const failed = results.find(({ outcome }) => outcome === "failed");
    return failed && `${failed.id}: ${failed.message}`;
  }

  /** Runs a measure; if it fails, that is written down, and the next one gets a subject that is started anew. */
  async #attempt(
    lease: Lease,
    measure: NotMeasured["measure"],
    part: string,
    run: (running: RunningSubject) => Promise<void>,
  ): Promise<void> {
    try {
      await run(await lease.running());
    } catch (error) {
      const failed = !(error instanceof NothingToMeasure);
      this.#leaveOut(lease.subject.info.name, measure, part, messageOf(error), failed);
      await lease.end();
    }
  }

  #leaveOut(
    subject: string,
    measure: NotMeasured["measure"],
    part: string | undefined,
    reason: string,
    failed = false,
  ): void {
    this.#notMeasured.push({
      subject,
      measure,
      ...(part !== undefined && { part }),
      reason,
      ...(failed && { failed }),
    });
  }
}

/** A subject that is started when it is first needed, and ended at last. */
class Lease implements AsyncDisposable {
  readonly subject: Subject;
  #running: RunningSubject | undefined;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  async running(): Promise<RunningSubject> {
    this.#running ??= await this.subject.start();
    return this.#running;
  }

  /** Ends it; the next one who needs it gets one that is started anew. */
  async end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    try {
      await running?.[Symbol.asyncDispose]();
    } catch {
      // It is cleared up when this process ends; that is no reason to lose what was measured.
    }
  }

  [Symbol.asyncDispose] = () => this.end();
}

/** It is no failure that this is not measured: the message says why there is nothing to be. */
class NothingToMeasure extends Error {
  override name = "NothingToMeasure";
}

const RUNS_ELSEWHERE = "it runs elsewhere, so its process can't be killed: give its folder";

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
