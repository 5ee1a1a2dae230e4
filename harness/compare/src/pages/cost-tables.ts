import { patterns } from "../patterns.ts";
import type { Results } from "../results.ts";
import { buildTable, type DataTable } from "./data-table.ts";
import {
  formatDifference,
  formatKibibytes,
  formatMebibytes,
  formatNumber,
  formatSpread,
  isMissing,
  type Missing,
  medianOf,
  reasonFor,
  type Spread,
} from "./statistics.ts";
import {
  costOf,
  describeSubject,
  fanOutOf,
  modelLatenciesOf,
  patternNames,
  throughputOf,
  wallTimeOf,
  workersOf,
} from "./summary.ts";

const formatTime = (spread: Spread) => `${formatSpread(spread)} ms`;

/** Wall times per pattern, and what durability adds to a model call, at each latency of the model. */
export function costTables(results: Results): DataTable[] {
  return modelLatenciesOf(results).map((latency) => {
    const names = patternNames(results.latencies.filter(({ modelLatency }) => modelLatency === latency));
    return buildTable(`A model that takes ${latency} ms`, ["subject", ...names], (footnotes) =>
      results.subjects.map((info) => [
        describeSubject(info),
        ...names.map((pattern) => {
          const own = wallTimeOf(results, info.name, pattern, latency);
          const cost = costOf(results, info, pattern, latency);
          const added = isMissing(cost) ? "" : ` (${formatDifference(cost.addedPerCall)})`;
          return footnotes.show(own, (spread) => `${formatTime(spread)}${added}`);
        }),
      ]),
    );
  });
}

/** "Agent with tools", whose specialists are called at the same time, against the plain SDK. */
export function parallelToolsTable(results: Results): DataTable | undefined {
  const pattern = patterns.find(({ request }) => request.name === "multi-agent")?.name;
  const latency = modelLatenciesOf(results).at(-1);
  if (!pattern || !latency) return undefined;
  const head = ["subject", "wall time", "of the plain SDK", "ratio"];
  const members = results.subjects.filter(({ baseline }) => baseline !== null);
  return buildTable(`${pattern}, a model that takes ${latency} ms`, head, (footnotes) =>
    members.map((info) => {
      const cost = costOf(results, info, pattern, latency);
      return [
        describeSubject(info),
        footnotes.show(wallTimeOf(results, info.name, pattern, latency), formatTime),
        footnotes.show(cost, ({ baseline }) => formatTime(baseline)),
        footnotes.show(cost, ({ own, baseline }) => formatNumber(own.median / baseline.median, 2)),
      ];
    }),
  );
}

/** Wall times of fan-outs as multiples of their critical path. */
export function fanOutTable(results: Results): DataTable {
  const workers = workersOf(results);
  return buildTable("Fan-out", ["subject", ...workers.map((count) => `${count} workers`)], (footnotes) =>
    results.subjects.map((info) => [
      describeSubject(info),
      ...workers.map((count) =>
        footnotes.show(fanOutOf(results, info.name, count), (spread) => formatSpread(spread, 2)),
      ),
    ]),
  );
}

/** Requests a second. */
export function throughputTable(results: Results): DataTable {
  const names = patternNames(results.throughput);
  const ceiling = results.environment.mockModelCallsPerSecond;
  const concurrency = [...new Set(results.throughput.map((sample) => sample.concurrency))].join(", ");
  const head = ["subject", ...names.flatMap((name) => [`${name}: requests a second`, "model calls a second"])];
  const note =
    ceiling === null
      ? "The mock model's own ceiling: not measured."
      : `The mock model answers ${formatNumber(ceiling)} calls a second at most when nobody else does anything; the share of that in brackets.`;
  return buildTable(
    `Requests a second, ${concurrency} at a time`,
    head,
    (footnotes) =>
      results.subjects.map((info) => [
        describeSubject(info),
        ...names.flatMap((pattern) => {
          const found = throughputOf(results, info.name, pattern);
          const calls: number | Missing = isMissing(found)
            ? found
            : (found.modelCalls ?? { missing: `It is not known how many model calls "${pattern}" makes.` });
          return [
            footnotes.show(found, ({ requests }) => formatSpread(requests)),
            footnotes.show(calls, (rate) => {
              const share = ceiling === null ? "" : ` (${formatNumber((100 * rate) / ceiling)} %)`;
              return `${formatNumber(rate)}${share}`;
            }),
          ];
        }),
      ]),
    { notes: [note] },
  );
}

/** What a request leaves behind, beside the bytes that went to the model and came back. */
export function storageTable(results: Results): DataTable {
  const names = patternNames(results.storage);
  const note =
    "Journal entries and values of state (Restate) or rows (PostgreSQL), their bytes before compression and without what the " +
    "store adds, and in brackets these by the bytes of the requests to the model and of its answers.";
  return buildTable(
    "What a request leaves behind",
    ["subject", ...names],
    (footnotes) =>
      results.subjects.map((info) => [
        describeSubject(info),
        ...names.map((pattern) => {
          const samples = results.storage.filter(
            (sample) => sample.subject === info.name && sample.pattern === pattern,
          );
          const [entries, bytes, ratio] = [
            medianOf(samples.map((sample) => sample.entries)),
            medianOf(samples.map((sample) => sample.bytes)),
            medianOf(samples.map((sample) => sample.bytes / sample.modelBytes)),
          ];
          return entries === undefined || bytes === undefined || ratio === undefined
            ? footnotes.show(reasonFor(results, info.name, "storage", [pattern]), String)
            : `${formatNumber(entries)}, ${formatKibibytes(bytes)} (${formatNumber(ratio, 2)})`;
        }),
      ]),
    { notes: [note] },
  );
}

/** Resident memory. */
export function memoryTable(results: Results): DataTable {
  const moments = ["idle", "after load"] as const;
  const head = ["subject", ...moments.flatMap((when) => [`service, ${when}`, `store, ${when}`])];
  return buildTable("Memory", head, (footnotes) =>
    results.subjects.map((info) => [
      describeSubject(info),
      ...moments.flatMap((when) => {
        const samples = results.memory.filter((sample) => sample.subject === info.name && sample.when === when);
        const reason = reasonFor(results, info.name, "memory", [when]);
        const stores = samples.map(({ store }) => store).filter((store) => store !== null);
        const none = samples.length > 0 ? { missing: "There is no store." } : reason;
        return [
          footnotes.show(medianOf(samples.map(({ service }) => service)) ?? reason, formatMebibytes),
          footnotes.show(medianOf(stores) ?? none, formatMebibytes),
        ];
      }),
    ]),
  );
}
