import { median, quantile } from "simple-statistics";
import type { NotMeasured, Results } from "../results.ts";

/** The middle of some samples, and where the middle half of them lies. */
export interface Spread {
  median: number;
  lower: number;
  upper: number;
  samples: number;
}

/** The median and the quartiles; undefined of no samples. */
export function spreadOf(samples: number[]): Spread | undefined {
  if (samples.length === 0) return undefined;
  const [lower, upper] = quantile(samples, [0.25, 0.75]) as [number, number];
  return { median: median(samples), lower, upper, samples: samples.length };
}

/** The median; undefined of no samples. */
export const medianOf = (samples: number[]) => (samples.length > 0 ? median(samples) : undefined);

/** The sum of what is read from each. */
export const sumOf = <Item>(items: Item[], read: (item: Item) => number) =>
  items.reduce((total, item) => total + read(item), 0);

/** With thousands separated, and a real minus, such as "1,234.5". */
export const formatNumber = (value: number, digits = 0) =>
  new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative" })
    .format(value)
    .replace("-", "−");

/** As many digits as say something: one below 100, none from there. */
export const digitsFor = (value: number) => (Math.abs(value) < 100 ? 1 : 0);

/** Such as "12.3 [11.9–13.0]": the median, and the quartiles with as many digits. */
export function formatSpread({ median, lower, upper }: Spread, digits = digitsFor(median)): string {
  return `${formatNumber(median, digits)} [${formatNumber(lower, digits)}–${formatNumber(upper, digits)}]`;
}

/** Such as "+4.2" or "−0.3". */
export const formatDifference = (value: number, digits = digitsFor(value)) =>
  formatNumber(value, digits).replace(/^(?!−)/, "+");

/** Milliseconds as seconds, such as "0.25 s". */
export const formatSeconds = (milliseconds: number) => `${formatNumber(milliseconds / 1000, 2)} s`;

/** Such as "3 of 12". */
export const formatShare = (part: number, whole: number) => `${formatNumber(part)} of ${formatNumber(whole)}`;

/** Such as "12.3 KiB". */
export const formatKibibytes = (bytes: number) => `${formatNumber(bytes / 2 ** 10, 1)} KiB`;

/** Such as "123 MiB". */
export const formatMebibytes = (bytes: number) => `${formatNumber(bytes / 2 ** 20)} MiB`;

/** Such as "A, B and C". */
export const formatList = (items: string[]) => new Intl.ListFormat("en-GB").format(items);

/** Why a value is not there. Every missing value has a reason; a zero would be a lie. */
export interface Missing {
  missing: string;
}

/** Whether a value is missing, with a reason. */
export const isMissing = (value: unknown): value is Missing =>
  typeof value === "object" && value !== null && "missing" in value;

/**
 * The reason why something of a subject was not measured: because it is disqualified, or as `notMeasured` says.
 *
 * @param parts what it could be called there: a pattern, a disaster
 * @param otherwise the reason if neither says one
 */
export function reasonFor(
  { subjects, notMeasured }: Pick<Results, "subjects" | "notMeasured">,
  subject: string,
  measure: NotMeasured["measure"],
  parts: string[] = [],
  otherwise = "No reason was recorded.",
): Missing {
  const disqualified = subjects.find(({ name }) => name === subject)?.disqualified;
  if (disqualified !== undefined) return { missing: `Disqualified: ${disqualified}` };
  const recorded = notMeasured.filter((entry) => entry.subject === subject && entry.measure === measure);
  const fitting =
    recorded.find(({ part }) => part !== undefined && parts.includes(part)) ??
    recorded.find(({ part }) => part === undefined);
  return { missing: fitting?.reason ?? otherwise };
}

/** Footnotes of a table: each reason once, numbered in the order in which they come. */
export class Footnotes {
  readonly #reasons: string[] = [];

  /** The number of the footnote with this text. */
  numberOf(reason: string): number {
    if (!this.#reasons.includes(reason)) this.#reasons.push(reason);
    return this.#reasons.indexOf(reason) + 1;
  }

  /** The value as `format` writes it; if it is missing, "not measured [1]". */
  show<Value>(value: Value | Missing, format: (value: Value) => string): string {
    return isMissing(value) ? `not measured [${this.numberOf(value.missing)}]` : format(value);
  }

  /** All of them, in the order of their numbers. */
  get reasons(): readonly string[] {
    return this.#reasons;
  }
}
