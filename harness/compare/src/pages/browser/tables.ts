import type { CrashSample, Results, SystemInfo } from "../../results.ts";
import { formatDifference, formatNumber, formatSpread, medianOf, orDash, type Spread } from "../statistics.ts";
import {
  addedOf,
  countCrashes,
  fullTitle,
  modelLatenciesOf,
  type Outcome,
  outcomeOf,
  patternNames,
  targets,
  throughputOf,
  wallTimeOf,
} from "../summary.ts";
import { type Html, html } from "./html.ts";

interface TableOptions {
  /** Whether the columns after the first hold numbers. */
  numeric?: boolean;
  /** What applies to the whole table. */
  notes?: string[];
}

/** A table whose first column names the row; what is too wide for the screen is scrolled in its own frame. */
export function table(
  title: string,
  head: string[],
  rows: string[][],
  { numeric = false, notes = [] }: TableOptions = {},
): Html {
  const body = rows.map(([name = "", ...cells]) => {
    return html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
  });
  const columns = html`<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>`;
  const lines = notes.map((line) => html`<li>${line}</li>`);
  return html`<div class="scroll" role="region" aria-label="${title}" tabindex="0"><table class="${numeric ? "numeric" : "words"}"><caption>${title}</caption>${columns}<tbody>${body}</tbody></table></div><ul class="notes">${lines}</ul>`;
}

/** A table with a row for each system. */
function systemsTable(
  { systems }: Results,
  title: string,
  head: string[],
  cells: (info: SystemInfo) => string[],
  notes?: string[],
): Html {
  const rows = systems.map((info) => [fullTitle(info), ...cells(info)]);
  return table(title, ["system", ...head], rows, { numeric: true, ...(notes && { notes }) });
}

const formatTime = (spread: Spread) => `${formatSpread(spread)} ms`;

/** From the best to the worst. */
const marks: Record<Outcome, string> = { itself: "✓", client: "↻", "another answer": "≠", lost: "✗" };

/** Pattern by crash point, for each system: what is killed, and at which moments, has a table of its own. */
export function crashTables(results: Results): Html[] {
  const names = patternNames(results, results.crashes);
  return targets.flatMap(({ target, title }) =>
    (["exact", "random"] as const).flatMap((moment) => {
      const samples = results.crashes.filter((sample) => sample.target === target && sample.moment === moment);
      const killed = results.systems.filter(({ name }) => samples.some(({ system }) => system === name));
      if (killed.length === 0) return [];
      const rows = killed.map((info) => [
        fullTitle(info),
        ...names.map((pattern) => {
          const own = samples.filter((sample) => sample.system === info.name && sample.pattern === pattern);
          if (own.length === 0) return "—";
          return moment === "exact" ? formatMarks(own) : formatTally(own);
        }),
      ]);
      const ended = killed.flatMap((info) => {
        const { length } = samples.filter(({ system, serviceEnded }) => system === info.name && serviceEnded);
        return length > 0
          ? [`The service of ${fullTitle(info)} ended as well, and was started again: ${length} requests.`]
          : [];
      });
      return [table(`${title}, at ${moment} moments`, ["system", ...names], rows, { notes: ended })];
    }),
  );
}

/** One mark a crash point, in their order; of several kills there, the worst outcome. */
function formatMarks(samples: CrashSample[]): string {
  const severity = Object.keys(marks);
  const points = Map.groupBy(
    samples.toSorted((a, b) => a.crashPoint - b.crashPoint),
    ({ crashPoint }) => crashPoint,
  );
  return [...points.values()]
    .map((kills) => {
      const [worst] = kills.map(outcomeOf).toSorted((a, b) => severity.indexOf(b) - severity.indexOf(a));
      const repeated = Math.max(...kills.map((kill) => kill.repeated.completed));
      return `${worst ? marks[worst] : ""}${repeated || ""}`;
    })
    .join(" ");
}

/** How many ended how, and what they repeated. */
function formatTally(samples: CrashSample[]): string {
  const { outcomes, completed } = countCrashes(samples);
  const ended = (Object.keys(marks) as Outcome[]).filter((outcome) => outcomes[outcome] > 0);
  const repeated = completed.repeated > 0 ? [`${completed.repeated} repeated`] : [];
  return [...ended.map((outcome) => `${outcomes[outcome]} ${marks[outcome]}`), ...repeated].join(", ");
}

/** Wall times per pattern, and in brackets what durability adds to a model call, at each latency of the model. */
export const costTables = (results: Results): Html[] =>
  modelLatenciesOf(results).map((latency) => {
    const names = patternNames(
      results,
      results.latencies.filter(({ modelLatency }) => modelLatency === latency),
    );
    return systemsTable(results, `Wall time with a model that takes ${latency} ms`, names, (info) =>
      names.map((pattern) => {
        const added = addedOf(results, info, pattern, latency);
        const suffix = added ? ` (${formatDifference(added.median)})` : "";
        return orDash(wallTimeOf(results, info.name, pattern, latency), (time) => `${formatTime(time)}${suffix}`);
      }),
    );
  });

/** Requests a second, memory, and what a request leaves behind, as far as these were measured. */
export const loadTables = (results: Results): Html[] => [
  ...(results.throughput.length > 0 ? [throughputTable(results)] : []),
  ...(results.memory.length > 0 ? [memoryTable(results)] : []),
  ...(results.storage.length > 0 ? [storageTable(results)] : []),
];

function throughputTable(results: Results): Html {
  const names = patternNames(results, results.throughput);
  const concurrency = [...new Set(results.throughput.map((sample) => sample.concurrency))].join(", ");
  return systemsTable(results, `Requests a second, ${concurrency} at a time`, names, ({ name }) =>
    names.map((pattern) => orDash(throughputOf(results, name, pattern), formatSpread)),
  );
}

function memoryTable(results: Results): Html {
  const moments = ["idle", "after load"] as const;
  const head = moments.flatMap((when) => [`service, ${when}`, `server, ${when}`]);
  const mebibytes = (bytes: number) => `${formatNumber(bytes / 2 ** 20)} MiB`;
  const cells = ({ name }: SystemInfo) =>
    moments.flatMap((when) => {
      const samples = results.memory.filter((sample) => sample.system === name && sample.when === when);
      const servers = samples.map(({ server }) => server).filter((server) => server !== null);
      return [orDash(medianOf(samples.map(({ service }) => service)), mebibytes), orDash(medianOf(servers), mebibytes)];
    });
  const note = "Resident memory of the processes; what PostgreSQL's processes share counts once (Pss, on Linux).";
  return systemsTable(results, "Memory", head, cells, [note]);
}

function storageTable(results: Results): Html {
  const names = patternNames(results, results.storage);
  const note =
    "Journal entries and values of state (Restate) or rows (PostgreSQL), their bytes before compression and without what the " +
    "server adds, and in brackets these by the bytes of the requests to the model and of its answers.";
  const cells = ({ name }: SystemInfo) =>
    names.map((pattern) =>
      orDash(
        results.storage.find((sample) => sample.system === name && sample.pattern === pattern),
        ({ entries, bytes, modelBytes }) =>
          `${formatNumber(entries)}, ${formatNumber(bytes / 2 ** 10, 1)} KiB (${formatNumber(bytes / modelBytes, 2)})`,
      ),
    );
  return systemsTable(results, "What a request leaves behind", names, cells, [note]);
}

/** What is compared, what is missing and why, and the machine and the versions. */
export function aboutTables(results: Results): Html[] {
  const { systems, environment, notMeasured } = results;
  const title = (name: string) => {
    const info = systems.find((system) => system.name === name);
    return info ? fullTitle(info) : name;
  };
  const compared = systems.map((info) => [
    fullTitle(info),
    info.sdk,
    info.engine ?? "nothing",
    info.sdkAlone === null ? "" : title(info.sdkAlone),
    [...(info.disqualified === undefined ? [] : [`Disqualified: ${info.disqualified}`]), ...info.notes].join(" "),
  ]);
  const reasons = Map.groupBy(notMeasured, ({ measure, part = "", reason }) => JSON.stringify([measure, part, reason]));
  const missing = [...reasons.values()].map((entries) => {
    const names = new Set(entries.map(({ system }) => system));
    const { measure = "", part, reason = "" } = entries[0] ?? {};
    const who = systems.every(({ name }) => names.has(name)) ? "all" : [...names].map(title).join("; ");
    return [who, part === undefined ? measure : `${measure}: ${part}`, reason];
  });
  return [
    table("What is compared", ["system", "SDK", "its progress is stored by", "compared with", "notes"], compared),
    ...(missing.length > 0 ? [table("Not measured", ["system", "what", "why"], missing)] : []),
    table(
      "Measured on",
      ["name", "value"],
      Object.entries(environment).map(([name, value]) => [name, String(value)]),
    ),
  ];
}
