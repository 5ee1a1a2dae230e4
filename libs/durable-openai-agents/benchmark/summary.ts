import { median, quantile } from "simple-statistics";

/** What `pnpm benchmark --output` writes. Times are milliseconds. */
export interface Results {
  modelLatency: number;
  /** A time for each round, by system; the first system is what the others are compared with. */
  samples: Record<string, number[]>;
}

/** @returns a Markdown table of medians and 95th percentiles, as it stands in the README */
export function summary({ modelLatency, samples }: Results): string {
  const [baseline] = Object.values(samples).map(median);
  const rows = Object.entries(samples).map(([name, times]) => {
    const ratio = (median(times) / (baseline ?? Number.NaN)).toFixed(2);
    return `| ${name} | ${median(times).toFixed(0)} ms | ${quantile(times, 0.95).toFixed(0)} ms | ${ratio} |`;
  });
  return [`| model calls of ${modelLatency} ms | median | p95 | ratio |`, "|---|---|---|---|", ...rows].join("\n");
}

/** What one model call costs in the journal, in bytes, beside the raw response. */
export interface CallBytes {
  call: string;
  raw: number;
  journaled: number;
}

/** @returns a Markdown table, as it stands in the README */
export function bytesSummary({ calls }: { calls: CallBytes[] }): string {
  const rows = calls.map(({ call, raw, journaled }) => `| ${call} | ${raw} | ${journaled} | ${raw + journaled} |`);
  return ["| bytes of | raw response | journaled | with providerData |", "|---|---|---|---|", ...rows].join("\n");
}
