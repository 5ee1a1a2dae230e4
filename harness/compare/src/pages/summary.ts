import type { CrashTarget } from "@durable-agents/crash-harness";
import type { CrashSample, Results, SystemInfo } from "../results.ts";
import {
  formatDifference,
  formatNumber,
  formatRange,
  formatShare,
  medianOf,
  orDash,
  type Spread,
  spreadOf,
  sumOf,
} from "./statistics.ts";

/** The groups that systems stand in, and what they are called. */
const groups: { kind: SystemInfo["kind"]; title: string }[] = [
  { kind: "implementation", title: "On Restate" },
  { kind: "baseline", title: "Without Restate" },
  { kind: "external", title: "From elsewhere" },
];

/** What is killed. */
export const targets: { target: CrashTarget; title: string }[] = [
  { target: "service", title: "The service is killed" },
  { target: "server", title: "What stores its progress is killed" },
  { target: "both", title: "Both are killed" },
];

/** The groups that have systems, with them. */
export const groupsOf = ({ systems }: Results) =>
  groups
    .map((group) => ({ ...group, members: systems.filter(({ kind }) => kind === group.kind) }))
    .filter(({ members }) => members.length > 0);

/** Whether Restate stores a system's progress. */
export const isOnRestate = ({ engine }: SystemInfo) => engine?.startsWith("Restate ") ?? false;

/** A system's title where the group that it stands in is not seen. */
export const fullTitle = (info: SystemInfo) =>
  isOnRestate(info) && !info.title.includes("Restate") ? `${info.title} on Restate` : info.title;

/** Systems whose progress is stored by the same engine. */
export interface EngineGroup {
  title: string;
  /** The engine's name without its version; null if nothing stores anything. */
  engine: string | null;
  members: SystemInfo[];
}

/** All systems by what stores their progress: Restate first, the SDKs alone last. */
export function engineGroups({ systems }: Results): EngineGroup[] {
  const byEngine = Map.groupBy(systems, ({ engine }) => engine?.split(" ")[0] ?? null);
  const rank = ({ engine }: EngineGroup) => (engine === "Restate" ? 0 : engine === null ? 2 : 1);
  return [...byEngine]
    .map(([engine, members]) => ({ title: engineTitle(engine, members), engine, members }))
    .toSorted((a, b) => rank(a) - rank(b));
}

/** Of several systems on another engine, what the titles have in common before a comma. */
function engineTitle(engine: string | null, members: SystemInfo[]): string {
  if (engine === "Restate") return "On Restate";
  if (engine === null) return "SDK alone";
  const [first = [], ...others] = members.map(({ title }) => title.split(", "));
  const differs = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return (differs > 0 ? first.slice(0, differs) : first).join(", ");
}

/** What may be shown: nothing of a system that is disqualified, and no times of a disturbed run. */
export function presentable(results: Results): Results {
  const isTimed = results.environment.disturbed === null;
  const disqualified = results.systems.filter((info) => info.disqualified !== undefined).map(({ name }) => name);
  const qualified = <Sample extends { system: string }>(samples: Sample[]) =>
    samples.filter(({ system }) => !disqualified.includes(system));
  const timed = <Sample extends { system: string }>(samples: Sample[]) => (isTimed ? qualified(samples) : []);
  const { timelines, latencies, throughput, fanOut, storage, memory, crashes } = results;
  return {
    ...results,
    crashes: qualified(crashes).map((it) => (isTimed ? it : { ...it, untilNextCall: null, recoveryTime: null })),
    ...{
      timelines: timed(timelines),
      latencies: timed(latencies),
      throughput: timed(throughput),
      fanOut: timed(fanOut),
    },
    ...{ storage: qualified(storage), memory: qualified(memory) },
  };
}

/** The names of the patterns that there are samples of, in the usual order. */
export const patternNames = ({ patterns }: Results, samples: { pattern: string }[]): string[] =>
  patterns.map(({ name }) => name).filter((name) => samples.some(({ pattern }) => pattern === name));

/** How many model calls of a pattern have to follow each other. */
export const criticalPathOf = ({ patterns }: Results, pattern: string) =>
  patterns.find(({ name }) => name === pattern)?.criticalPath ?? 1;

/** How a killed request ended. */
export type Outcome = "itself" | "client" | "lost" | "another answer";

/** How a killed request ended: what is not answered with 200 is lost, whatever made it go on. */
export function outcomeOf({ recoveredBy, status, sameAnswer }: CrashSample): Outcome {
  if (recoveredBy === null || status !== 200) return "lost";
  return sameAnswer ? recoveredBy : "another answer";
}

/** Model calls of one kind: how many there were at the kill, and how many of them were repeated. */
export interface Repeats {
  repeated: number;
  of: number;
}

/** How killed requests ended, and what was repeated. */
export interface CrashCounts {
  killed: number;
  outcomes: Record<Outcome, number>;
  completed: Repeats;
  notYetPersisted: Repeats;
  inFlight: Repeats;
  /** Of repeated calls, for each killed request. */
  tokens: { completed: number; notYetPersisted: number; inFlight: number; total: number };
}

/**
 * Counts how killed requests ended. Tokens are counted of those that were killed together, which are the same for every
 * system; only some are killed alone as well, to be timed.
 */
export function countCrashes(samples: CrashSample[]): CrashCounts {
  const together = samples.filter(({ timed }) => !timed);
  const ended = (outcome: Outcome) => samples.filter((sample) => outcomeOf(sample) === outcome).length;
  const repeats = (kind: keyof CrashSample["repeated"], existed: (sample: CrashSample) => number) => ({
    repeated: sumOf(samples, ({ repeated }) => repeated[kind]),
    of: sumOf(samples, existed),
  });
  const tokens = (kind: keyof CrashSample["tokensRepeated"]) =>
    sumOf(together, ({ tokensRepeated }) => tokensRepeated[kind]) / Math.max(1, together.length);
  const [completed, notYetPersisted, inFlight] = [tokens("completed"), tokens("notYetPersisted"), tokens("inFlight")];
  return {
    killed: samples.length,
    outcomes: {
      itself: ended("itself"),
      client: ended("client"),
      lost: ended("lost"),
      "another answer": ended("another answer"),
    },
    completed: repeats("completed", ({ crashPoint }) => crashPoint),
    notYetPersisted: repeats("notYetPersisted", ({ notYetPersisted }) => notYetPersisted),
    inFlight: repeats("inFlight", ({ inFlight }) => inFlight),
    tokens: { completed, notYetPersisted, inFlight, total: completed + notYetPersisted + inFlight },
  };
}

/** How many requests were lost or got another answer. */
export const flawed = ({ outcomes }: CrashCounts) => outcomes.lost + outcomes["another answer"];

/** What made killed requests go on, such as "by itself"; of several, with their numbers. */
function describeRecovery({ itself, client }: CrashCounts["outcomes"]): string {
  if (itself > 0 && client > 0)
    return `by itself ${formatNumber(itself)}, after the client retried ${formatNumber(client)}`;
  if (itself > 0) return "by itself";
  return client > 0 ? "after the client retried" : "not at all";
}

/** The time from the restart to the answer, of a system that recovers by itself: only of requests that were killed alone. */
export function recoveryTimeOf({ crashes }: Results, system: string): Spread | undefined {
  const alone = crashes.filter((sample) => sample.system === system && sample.target === "service" && sample.timed);
  return spreadOf(alone.map(({ recoveryTime }) => recoveryTime).filter((time) => time !== null));
}

/** Whether others' costs are compared with this system's. */
export const isSdkAlone = ({ systems }: Results, { name }: SystemInfo) =>
  systems.some(({ sdkAlone }) => sdkAlone === name);

/** The model latencies that were measured, in milliseconds, the shortest first. */
export const modelLatenciesOf = ({ latencies }: Results) =>
  [...new Set(latencies.map(({ modelLatency }) => modelLatency))].sort((a, b) => a - b);

/** How long requests took without a crash. */
export function wallTimeOf({ latencies }: Results, system: string, pattern: string, latency: number) {
  const samples = latencies.filter(
    (sample) => sample.system === system && sample.pattern === pattern && sample.modelLatency === latency,
  );
  return spreadOf(samples.map(({ milliseconds }) => milliseconds));
}

/**
 * What durability adds to each model call of the critical path, in milliseconds: the wall time, and its quartiles, against
 * the median of the same SDK alone. Undefined if one of the two was not measured.
 */
export function addedOf(results: Results, info: SystemInfo, pattern: string, latency: number): Spread | undefined {
  const own = wallTimeOf(results, info.name, pattern, latency);
  const sdkAlone = info.sdkAlone === null ? undefined : wallTimeOf(results, info.sdkAlone, pattern, latency);
  if (!own || !sdkAlone) return undefined;
  const added = (time: number) => (time - sdkAlone.median) / criticalPathOf(results, pattern);
  return { ...own, median: added(own.median), lower: added(own.lower), upper: added(own.upper) };
}

/** What durability adds to a model call at the shortest latency of the model: the median of the patterns' medians. */
export function addedPerCallOf(results: Results, info: SystemInfo): number | undefined {
  const [latency = 0] = modelLatenciesOf(results);
  const added = patternNames(results, results.latencies).map((pattern) => addedOf(results, info, pattern, latency));
  return medianOf(added.filter((spread) => spread !== undefined).map(({ median }) => median));
}

/** What is said of systems, over all kills of their services. What was not measured is a dash. */
export interface Figures {
  /** Undefined if none was killed. */
  counts: CrashCounts | undefined;
  /** Requests that were lost or got another answer. */
  lost: string;
  recovers: string;
  /** Completed calls. */
  repeated: string;
  inFlightRepeated: string;
  /** Tokens for each killed request. */
  tokensTwice: string;
  /** From the fastest system's median to the slowest's. */
  recoveryTime: string;
  /** Milliseconds, in the same way. */
  addedPerCall: string;
}

/** The figures of one system, or of several together. */
export function figuresOf(results: Results, members: SystemInfo[]): Figures {
  const samples = results.crashes.filter(
    ({ system, target }) => target === "service" && members.some(({ name }) => name === system),
  );
  const counts = samples.length > 0 ? countCrashes(samples) : undefined;
  const count = (format: (counts: CrashCounts) => string) => orDash(counts, format);
  const range = (values: (number | undefined)[], format: (value: number) => string) => {
    const measured = values.filter((value) => value !== undefined);
    return measured.length > 0 ? formatRange(measured, format) : undefined;
  };
  const seconds = range(
    members.map(({ name }) => recoveryTimeOf(results, name)?.median),
    (time) => formatNumber(time / 1000, 2),
  );
  const added = range(
    members.map((info) => addedPerCallOf(results, info)),
    formatDifference,
  );
  return {
    counts,
    lost: count((all) => formatShare(flawed(all), all.killed)),
    recovers: count(({ outcomes }) => describeRecovery(outcomes)),
    repeated: count(({ completed }) => formatShare(completed.repeated, completed.of)),
    inFlightRepeated: count(({ inFlight }) => formatShare(inFlight.repeated, inFlight.of)),
    tokensTwice: count(({ tokens }) => formatNumber(tokens.total)),
    recoveryTime: orDash(seconds, (text) => `${text} s`),
    addedPerCall: orDash(added, (text) => `${text} ms`),
  };
}

/** The main numbers, by what stores the progress: what README's table and the head of the results page show. */
export const headlinesOf = (results: Results) =>
  engineGroups(results)
    .map(({ title, members }) => ({ title, systems: members.length, ...figuresOf(results, members) }))
    .filter(({ counts }) => counts !== undefined);

/** Requests a second. */
export function throughputOf({ throughput }: Results, system: string, pattern: string): Spread | undefined {
  const samples = throughput.filter((sample) => sample.system === system && sample.pattern === pattern);
  return spreadOf(samples.map(({ requests, seconds }) => requests / seconds));
}

/** The model calls of a research report that follow each other: the plan, the workers at the same time, the report. */
const FAN_OUT_PATH = 3;

/** The wall time of a fan-out, as a multiple of its critical path. */
export function fanOutOf({ fanOut }: Results, system: string, workers: number): Spread | undefined {
  const samples = fanOut.filter((sample) => sample.system === system && sample.workers === workers);
  return spreadOf(samples.map(({ milliseconds, modelLatency }) => milliseconds / (FAN_OUT_PATH * modelLatency)));
}

/** The numbers of workers of the fan-outs, the smallest first. */
export const workersOf = ({ fanOut }: Results) =>
  [...new Set(fanOut.map(({ workers }) => workers))].sort((a, b) => a - b);
