import { median, quantile } from "simple-statistics";

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

/** From the least to the greatest, such as "5.5 to 6.8"; one value if all are written the same. */
export function formatRange(values: number[], format: (value: number) => string): string {
  const [least, most] = [format(Math.min(...values)), format(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
}

/** Milliseconds as seconds, such as "0.25 s". */
export const formatSeconds = (milliseconds: number) => `${formatNumber(milliseconds / 1000, 2)} s`;

/** Such as "3 of 12". */
export const formatShare = (part: number, whole: number) => `${formatNumber(part)} of ${formatNumber(whole)}`;

/** The value as `format` writes it; a dash if it was not measured, which is never a zero. */
export const orDash = <Value>(value: Value | undefined, format: (value: Value) => string): string =>
  value === undefined ? "—" : format(value);
