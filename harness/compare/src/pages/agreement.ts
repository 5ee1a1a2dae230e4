import type { CrashSample, Results } from "../results.ts";
import { formatNumber, isMissing, type Spread } from "./statistics.ts";
import { countCrashes, disasters, modelLatenciesOf, patternNames, recoveryOf, wallTimeOf } from "./summary.ts";

/** How far two runs say the same. */
export interface Agreement {
  /** Of the counts, how many there are in both runs, and those that differ, in words. */
  counts: { compared: number; differ: string[] };
  /** Of the medians, how many there are in both runs, and those where neither lies within the other's quartiles. */
  times: { compared: number; differ: string[] };
}

/**
 * Compares two runs. Counts have to be equal: at each exact moment, who resumed and what was repeated; over the random
 * ones, how many requests went on by themselves, were lost or changed, and how many completed calls were repeated.
 *
 * Times of one machine at two moments are compared as ratios: of wall times, to those of the same SDK's plain program in the
 * same run, where there is one.
 */
export function agreementOf(one: Results, other: Results): Agreement {
  const counts: Agreement["counts"] = { compared: 0, differ: [] };
  const compareCounts = (what: string, ofOne: unknown, ofOther: unknown) => {
    counts.compared++;
    const [text, otherText] = [JSON.stringify(ofOne), JSON.stringify(ofOther)];
    if (text !== otherText) counts.differ.push(`${what}: ${text}, and ${otherText}`);
  };
  const times: Agreement["times"] = { compared: 0, differ: [] };
  const compareTimes = (what: string, ofOne: Spread, ofOther: Spread, unit: string) => {
    times.compared++;
    const within = ({ median }: Spread, { lower, upper }: Spread) => median >= lower && median <= upper;
    if (within(ofOne, ofOther) || within(ofOther, ofOne)) return;
    const text = ({ median, lower, upper }: Spread) =>
      `${formatNumber(median, 2)} [${formatNumber(lower, 2)}–${formatNumber(upper, 2)}]`;
    times.differ.push(`${what}: ${text(ofOne)} ${unit}, and ${text(ofOther)} ${unit}`);
  };

  for (const { name, baseline } of one.subjects) {
    if (!other.subjects.some((subject) => subject.name === name)) continue;
    for (const { disaster, title } of disasters) {
      const [exact, otherExact] = [one, other].map((results) => exactOutcomes(results, name, disaster));
      for (const [point, outcome] of Object.entries(exact ?? {})) {
        if (otherExact && point in otherExact) compareCounts(`${name}, ${title}, ${point}`, outcome, otherExact[point]);
      }
      const [random, otherRandom] = [one, other].map((results) => randomOutcomes(results, name, disaster));
      if (random && otherRandom) compareCounts(`${name}, ${title}, random moments`, random, otherRandom);
    }
    const [recovery, otherRecovery] = [one, other].map((results) => recoveryOf(results, name).untilAnswer);
    if (recovery && otherRecovery && !isMissing(recovery) && !isMissing(otherRecovery))
      compareTimes(`${name}, until the answer`, recovery, otherRecovery, "ms");
    for (const latency of modelLatenciesOf(one)) {
      for (const pattern of patternNames(one.latencies)) {
        const [own, otherOwn] = [one, other].map((results) => relativeTime(results, name, baseline, pattern, latency));
        if (own && otherOwn)
          compareTimes(`${name}, ${pattern} at ${latency} ms`, own, otherOwn, baseline ? "times" : "ms");
      }
    }
  }
  return { counts, times };
}

/** What became of requests at the exact moments, by pattern and crash point. */
function exactOutcomes({ crashes }: Results, subject: string, disaster: string): Record<string, unknown> {
  const samples = crashes.filter(
    (sample) =>
      sample.subject === subject && sample.disaster === disaster && sample.moment === "exact" && !sample.alone,
  );
  const outcome = ({ resumedBy, sameAnswer, inFlight, repeated }: CrashSample) => ({
    resumedBy,
    sameAnswer,
    inFlight,
    repeated,
  });
  return Object.fromEntries(
    samples.map((sample) => [`${sample.pattern} after ${sample.crashPoint} calls`, outcome(sample)]),
  );
}

/** What became of requests at the random moments, as far as chance has no part in it. */
function randomOutcomes({ crashes }: Results, subject: string, disaster: string) {
  const samples = crashes.filter(
    (sample) => sample.subject === subject && sample.disaster === disaster && sample.moment === "random",
  );
  if (samples.length === 0) return undefined;
  const { killed, outcomes, completed } = countCrashes(samples);
  return { killed, outcomes, completed };
}

/** A wall time as a multiple of the baseline's median in the same run; in milliseconds where there is no baseline. */
function relativeTime(
  results: Results,
  subject: string,
  baseline: string | null,
  pattern: string,
  latency: number,
): Spread | undefined {
  const own = wallTimeOf(results, subject, pattern, latency);
  if (isMissing(own)) return undefined;
  if (baseline === null) return own;
  const plain = wallTimeOf(results, baseline, pattern, latency);
  if (isMissing(plain)) return undefined;
  const { median } = plain;
  return { median: own.median / median, lower: own.lower / median, upper: own.upper / median, samples: own.samples };
}

/** How far two runs say the same, as lines of text. */
export function formatAgreement({ counts, times }: Agreement): string {
  const list = (items: string[]) => items.map((item) => `  ${item}`);
  const equal = counts.compared - counts.differ.length;
  const within = times.compared - times.differ.length;
  return [
    `Counts: ${formatNumber(equal)} of ${formatNumber(counts.compared)} are equal.`,
    ...list(counts.differ),
    `Times: ${formatNumber(within)} of ${formatNumber(times.compared)} medians lie within the other run's quartiles.`,
    ...list(times.differ),
  ].join("\n");
}
