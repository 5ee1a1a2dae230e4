import { patterns } from "../patterns.ts";
import type { CrashSample, Disaster, Results, SubjectInfo } from "../results.ts";
import { isMissing, type Missing, medianOf, reasonFor, type Spread, spreadOf, sumOf } from "./statistics.ts";

/** The groups that subjects stand in, and what they are called. */
export const groups: { kind: SubjectInfo["kind"]; title: string }[] = [
  { kind: "implementation", title: "On Restate" },
  { kind: "control", title: "The same work without Restate" },
  { kind: "guest", title: "Guests" },
];

export const disasters: { disaster: Disaster; title: string }[] = [
  { disaster: "service", title: "the service is killed" },
  { disaster: "store", title: "what stores its progress is killed" },
  { disaster: "both", title: "both are killed" },
];

/** The groups that have subjects, with them. */
export const groupsOf = ({ subjects }: Results) =>
  groups
    .map((group) => ({ ...group, members: subjects.filter(({ kind }) => kind === group.kind) }))
    .filter(({ members }) => members.length > 0);

/** Whether Restate stores a subject's progress. */
export const isOnRestate = ({ engine }: SubjectInfo) => engine?.startsWith("Restate ") ?? false;

/** A subject's title where the group that it stands in is not seen. */
export const describeSubject = (info: SubjectInfo) =>
  isOnRestate(info) && !info.title.includes("Restate") ? `${info.title} on Restate` : info.title;

/** The same results, without any number of a subject that is disqualified. */
export function withoutDisqualified(results: Results): Results {
  const disqualified = new Set(
    results.subjects.filter((info) => info.disqualified !== undefined).map(({ name }) => name),
  );
  const qualified = <Sample extends { subject: string }>(samples: Sample[]) =>
    samples.filter(({ subject }) => !disqualified.has(subject));
  return {
    ...results,
    crashes: qualified(results.crashes),
    timelines: qualified(results.timelines),
    latencies: qualified(results.latencies),
    throughput: qualified(results.throughput),
    storage: qualified(results.storage),
    memory: qualified(results.memory),
    fanOut: qualified(results.fanOut),
  };
}

/** The names of the patterns that there are samples of, in the usual order; unknown ones last. */
export function patternNames(samples: { pattern: string }[]): string[] {
  const order = patterns.map(({ name }) => name);
  const position = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...new Set(samples.map(({ pattern }) => pattern))].sort((a, b) => position(a) - position(b));
}

/** How a killed request ended. */
export type Outcome = "itself" | "the caller" | "lost" | "another answer";

/** How a killed request ended: what is not answered with 200 is lost, whoever made it go on. */
export function outcomeOf({ resumedBy, status, sameAnswer }: CrashSample): Outcome {
  if (resumedBy === null || status !== 200) return "lost";
  return sameAnswer ? resumedBy : "another answer";
}

/** Model calls of one kind: how many there were at the kill, and how many of them were made again. */
export interface Repeats {
  repeated: number;
  of: number;
}

/** What became of killed requests. */
export interface CrashCounts {
  killed: number;
  outcomes: Record<Outcome, number>;
  completed: Repeats;
  justAnswered: Repeats;
  inFlight: Repeats;
  /** Of repeated calls, a request. */
  tokens: { completed: number; justAnswered: number; inFlight: number; total: number };
}

/**
 * Counts what became of killed requests. Tokens are counted of those that were struck together, which are the same for
 * every subject; only some are struck alone as well, to be timed.
 */
export function countCrashes(samples: CrashSample[]): CrashCounts {
  const together = samples.filter(({ alone }) => !alone);
  const ended = (outcome: Outcome) => samples.filter((sample) => outcomeOf(sample) === outcome).length;
  const repeats = (kind: keyof CrashSample["repeated"], existed: (sample: CrashSample) => number) => ({
    repeated: sumOf(samples, ({ repeated }) => repeated[kind]),
    of: sumOf(samples, existed),
  });
  const tokens = (kind: keyof CrashSample["tokensRepeated"]) =>
    sumOf(together, ({ tokensRepeated }) => tokensRepeated[kind]) / Math.max(1, together.length);
  const [completed, justAnswered, inFlight] = [tokens("completed"), tokens("justAnswered"), tokens("inFlight")];
  return {
    killed: samples.length,
    outcomes: {
      itself: ended("itself"),
      "the caller": ended("the caller"),
      lost: ended("lost"),
      "another answer": ended("another answer"),
    },
    completed: repeats("completed", ({ crashPoint }) => crashPoint),
    justAnswered: repeats("justAnswered", ({ justAnswered }) => justAnswered),
    inFlight: repeats("inFlight", ({ inFlight }) => inFlight),
    tokens: {
      completed,
      justAnswered,
      inFlight,
      total: completed + justAnswered + inFlight,
    },
  };
}

/** What became of a subject's requests when its service was killed, or something else. */
export function crashCountsOf(
  results: Results,
  subject: string,
  disaster: Disaster = "service",
): CrashCounts | Missing {
  const samples = results.crashes.filter((sample) => sample.subject === subject && sample.disaster === disaster);
  return samples.length > 0 ? countCrashes(samples) : reasonFor(results, subject, "crashes", [disaster]);
}

/** How long it takes after the process is back, or after the caller asked again, to go on and to answer. */
export function recoveryOf(
  results: Results,
  subject: string,
  disaster: Disaster = "service",
): { untilProgress: Spread | Missing; untilAnswer: Spread | Missing } {
  const samples = results.crashes.filter(
    (sample) => sample.subject === subject && sample.disaster === disaster && sample.alone,
  );
  const struck = results.crashes.filter((sample) => sample.subject === subject && sample.disaster === disaster);
  const waits = struck.length > 0 && struck.every(({ resumedBy }) => resumedBy !== "itself");
  const missing = waits
    ? { missing: "Nothing goes on until the caller asks again, and how soon that is, is up to the caller." }
    : reasonFor(results, subject, "crashes", ["times", disaster], "No request was killed alone, so none was timed.");
  const spread = (read: (sample: CrashSample) => number | null) =>
    spreadOf(samples.map(read).filter((time) => time !== null)) ?? missing;
  return {
    untilProgress: spread((sample) => sample.untilProgress),
    untilAnswer: spread((sample) => sample.untilAnswer),
  };
}

/** Whether others' costs are compared with this subject's. */
export const isBaseline = ({ subjects }: Results, name: string) => subjects.some(({ baseline }) => baseline === name);

/** The model latencies that were measured, in milliseconds, the shortest first. */
export const modelLatenciesOf = ({ latencies }: Results) =>
  [...new Set(latencies.map(({ modelLatency }) => modelLatency))].sort((a, b) => a - b);

/** How long undisturbed requests took. */
export function wallTimeOf(results: Results, subject: string, pattern: string, modelLatency: number): Spread | Missing {
  const samples = results.latencies.filter(
    (sample) => sample.subject === subject && sample.pattern === pattern && sample.modelLatency === modelLatency,
  );
  return (
    spreadOf(samples.map(({ milliseconds }) => milliseconds)) ??
    reasonFor(results, subject, "latencies", [pattern, `${modelLatency} ms`])
  );
}

/** What durability costs in a pattern: the wall times, and the milliseconds that it adds to each model call of the critical path. */
export interface Cost {
  own: Spread;
  baseline: Spread;
  addedPerCall: number;
}

/** What durability costs: a subject's wall time against the baseline of the same SDK. */
export function costOf(results: Results, info: SubjectInfo, pattern: string, modelLatency: number): Cost | Missing {
  const own = wallTimeOf(results, info.name, pattern, modelLatency);
  if (isMissing(own)) return own;
  if (info.baseline === null) return { missing: "There is no plain control of the same SDK to compare it with." };
  if (!results.subjects.some(({ name }) => name === info.baseline)) {
    return { missing: `Its baseline, ${info.baseline}, was not part of this run.` };
  }
  const baseline = wallTimeOf(results, info.baseline, pattern, modelLatency);
  if (isMissing(baseline)) return { missing: `Of its baseline, ${info.baseline}: ${baseline.missing}` };
  const criticalPath = patterns.find(({ name }) => name === pattern)?.criticalPath;
  if (criticalPath === undefined)
    return { missing: `It is not known how many calls of "${pattern}" follow each other.` };
  return { own, baseline, addedPerCall: (own.median - baseline.median) / criticalPath };
}

/** The milliseconds that durability adds to a model call at the shortest latency: the median of the patterns' medians. */
export function addedPerCallOf(results: Results, info: SubjectInfo): number | Missing {
  const [latency] = modelLatenciesOf(results);
  if (latency === undefined) return reasonFor(results, info.name, "latencies");
  const costs = patternNames(results.latencies).map((pattern) => costOf(results, info, pattern, latency));
  const added = medianOf(costs.flatMap((cost) => (isMissing(cost) ? [] : [cost])).map((cost) => cost.addedPerCall));
  return added ?? costs.find(isMissing) ?? reasonFor(results, info.name, "latencies");
}

/** Requests a second, with the mock model's calls that they made. */
export function throughputOf(
  results: Results,
  subject: string,
  pattern: string,
): { requests: Spread; modelCalls: number | undefined } | Missing {
  const samples = results.throughput.filter((sample) => sample.subject === subject && sample.pattern === pattern);
  const requests = spreadOf(samples.map((sample) => sample.requests / sample.seconds));
  if (!requests) return reasonFor(results, subject, "throughput", [pattern]);
  const calls = patterns.find(({ name }) => name === pattern)?.request.modelCalls;
  return { requests, modelCalls: calls && calls * requests.median };
}

/** The model calls of a research report that follow each other: the plan, the workers at the same time, the report. */
const fanOutPath = 3;

/** The wall time of a fan-out, as a multiple of its critical path. */
export function fanOutOf(results: Results, subject: string, workers: number): Spread | Missing {
  const samples = results.fanOut.filter((sample) => sample.subject === subject && sample.workers === workers);
  return (
    spreadOf(samples.map(({ milliseconds, modelLatency }) => milliseconds / (fanOutPath * modelLatency))) ??
    reasonFor(results, subject, "fanOut", [`${workers} workers`, `${workers}`])
  );
}

/** The numbers of workers of the fan-outs, the smallest first. */
export const workersOf = ({ fanOut }: Results) =>
  [...new Set(fanOut.map(({ workers }) => workers))].sort((a, b) => a - b);
