import { patterns } from "../patterns.ts";
import type { CrashSample, Results, SubjectInfo } from "../results.ts";
import { capitalize } from "./markdown.ts";
import {
  Footnotes,
  formatDifference,
  formatKibibytes,
  formatMebibytes,
  formatNumber,
  formatSeconds,
  formatShare,
  formatSpread,
  isMissing,
  type Missing,
  medianOf,
  reasonFor,
  type Spread,
} from "./statistics.ts";
import {
  addedPerCallOf,
  costOf,
  countCrashes,
  crashCountsOf,
  describeSubject,
  disasters,
  fanOutOf,
  groupsOf,
  isBaseline,
  modelLatenciesOf,
  type Outcome,
  outcomeOf,
  patternNames,
  type Repeats,
  recoveryOf,
  throughputOf,
  wallTimeOf,
  workersOf,
} from "./summary.ts";

/** A table for the page and for the report. */
export interface DataTable {
  title: string;
  /** The first column names the row. */
  head: string[];
  rows: string[][];
  /** Footnotes, and what applies to the whole table. */
  notes: string[];
  /** Whether the columns after the first hold numbers. */
  numeric: boolean;
}

/** Builds a table whose footnotes are collected while its rows are made. */
function build(
  title: string,
  head: string[],
  makeRows: (footnotes: Footnotes) => string[][],
  { numeric = true, notes = [] as string[] } = {},
): DataTable {
  const footnotes = new Footnotes();
  const rows = makeRows(footnotes);
  const reasons = footnotes.reasons.map((reason, index) => `[${index + 1}] ${reason}`);
  return { title, head, rows, notes: [...notes, ...reasons], numeric };
}

const formatRepeats = ({ repeated, of }: Repeats) => formatShare(repeated, of);
const formatTime = (spread: Spread) => `${formatSpread(spread)} ms`;

/** What the columns of {@link summaryTable} are called. */
export const summaryHead = [
  "subject",
  "killed",
  "went on by itself",
  "when asked again",
  "lost",
  "another answer",
  "completed calls repeated",
  "calls in flight repeated",
  "tokens paid twice a kill",
  "until the answer",
  "added to a model call",
];

/** One row a subject, over all kills of its service. */
export function summaryTable(results: Results): DataTable {
  return build("Killed, and what it costs", summaryHead, (footnotes) =>
    results.subjects.map((info) => summaryRow(results, info, footnotes)),
  );
}

function summaryRow(results: Results, info: SubjectInfo, footnotes: Footnotes): string[] {
  const counts = crashCountsOf(results, info.name);
  const { untilAnswer } = recoveryOf(results, info.name);
  const counted = isMissing(counts)
    ? summaryHead.slice(1, 9).map(() => footnotes.show(counts, String))
    : [
        formatNumber(counts.killed),
        formatNumber(counts.outcomes.itself),
        formatNumber(counts.outcomes["the caller"]),
        formatNumber(counts.outcomes.lost),
        formatNumber(counts.outcomes["another answer"]),
        formatRepeats(counts.completed),
        formatRepeats(counts.inFlight),
        formatNumber(counts.tokens.total),
      ];
  return [
    describeSubject(info),
    ...counted,
    footnotes.show(untilAnswer, ({ median }) => formatSeconds(median)),
    isBaseline(results, info.name) && info.baseline === null
      ? "baseline"
      : footnotes.show(addedPerCallOf(results, info), (added) => `${formatDifference(added)} ms`),
  ];
}

/** From the best to the worst. */
const marks: Record<Outcome, string> = { itself: "✓", "the caller": "↻", "another answer": "≠", lost: "✗" };

/** What the marks in {@link crashMatrix} are. */
export const matrixLegend =
  "At exact moments, one mark a crash point, from before the first model call's answer to the final call; of several kills " +
  "there, the worst. At random moments, how many kills ended how. ✓ went on by itself; ↻ the caller had to ask again; ≠ " +
  "another answer; ✗ lost. A number after a mark: completed model calls that were made again.";

/** Pattern by crash point, for each subject: what is killed, and at which moments, has a table of its own. */
export function crashMatrix(results: Results): DataTable[] {
  const names = patternNames(results.crashes);
  return disasters.flatMap(({ disaster, title }) =>
    (["exact", "random"] as const).flatMap((moment) => {
      const samples = results.crashes.filter((sample) => sample.disaster === disaster && sample.moment === moment);
      if (samples.length === 0) return [];
      const unmeasured: SubjectInfo[] = [];
      const format = moment === "exact" ? formatMarks : formatTally;
      const table = build(
        `${title}, at ${moment} moments`,
        ["", ...names],
        (footnotes) =>
          results.subjects.flatMap((info) => {
            const own = samples.filter(({ subject }) => subject === info.name);
            if (own.length === 0) {
              unmeasured.push(info);
              return [];
            }
            const cells = names.map((pattern) => {
              const cell = own.filter((sample) => sample.pattern === pattern);
              const missing = () => reasonFor(results, info.name, "crashes", [pattern, disaster, moment]);
              return footnotes.show(cell.length > 0 ? cell : missing(), format);
            });
            return [[describeSubject(info), ...cells]];
          }),
        { numeric: false },
      );
      // A row of nothing but footnotes says less than a line.
      const reasons = Map.groupBy(
        unmeasured,
        ({ name }) => reasonFor(results, name, "crashes", [disaster, moment]).missing,
      );
      const notes = [...reasons].map(
        ([reason, members]) => `Not measured: ${members.map(describeSubject).join("; ")}. ${capitalize(reason)}`,
      );
      const ended = Map.groupBy(
        samples.filter(({ serviceEnded }) => serviceEnded),
        ({ subject }) => subject,
      );
      const died = results.subjects
        .filter(({ name }) => ended.has(name))
        .map((info) => `${describeSubject(info)} (${formatNumber(ended.get(info.name)?.length ?? 0)} requests)`);
      if (died.length > 0) {
        notes.unshift(`The service ended as well, because its store did, and was started again: ${died.join("; ")}.`);
      }
      return [{ ...table, notes: [...table.notes, ...notes] }];
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

/** What became of answers that had just arrived when the kill came, and might have been stored or not. */
export function windowTable(results: Results): DataTable {
  const head = ["subject", "answers that had just arrived", "asked for again", "in flight", "made again"];
  return build("Answers that had just arrived", head, (footnotes) =>
    results.subjects.map((info) => {
      const samples = results.crashes.filter(
        ({ subject, disaster, moment }) => subject === info.name && disaster === "service" && moment === "random",
      );
      const counts =
        samples.length > 0 ? countCrashes(samples) : reasonFor(results, info.name, "crashes", ["service", "random"]);
      const show = (read: (repeats: { justAnswered: Repeats; inFlight: Repeats }) => number) =>
        footnotes.show(counts, (found) => formatNumber(read(found)));
      return [
        describeSubject(info),
        show(({ justAnswered }) => justAnswered.of),
        show(({ justAnswered }) => justAnswered.repeated),
        show(({ inFlight }) => inFlight.of),
        show(({ inFlight }) => inFlight.repeated),
      ];
    }),
  );
}

/** How long it takes to go on, and to answer. */
export function recoveryTable(results: Results): DataTable {
  const struck = disasters.filter(({ disaster }) =>
    results.crashes.some((sample) => sample.disaster === disaster && sample.alone),
  );
  const head = ["subject", ...struck.flatMap(({ title }) => [`${title}: until it goes on`, "until the answer"])];
  return build("Times to recover", head, (footnotes) =>
    results.subjects.map((info) => [
      describeSubject(info),
      ...struck.flatMap(({ disaster }) => {
        const { untilProgress, untilAnswer } = recoveryOf(results, info.name, disaster);
        return [footnotes.show(untilProgress, formatTime), footnotes.show(untilAnswer, formatTime)];
      }),
    ]),
  );
}

/** Wall times per pattern, and what durability adds to a model call, at each latency of the model. */
export function costTables(results: Results): DataTable[] {
  return modelLatenciesOf(results).map((latency) => {
    const names = patternNames(results.latencies.filter(({ modelLatency }) => modelLatency === latency));
    return build(`A model that takes ${latency} ms`, ["subject", ...names], (footnotes) =>
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
  return build(`${pattern}, a model that takes ${latency} ms`, head, (footnotes) =>
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
  return build("Fan-out", ["subject", ...workers.map((count) => `${count} workers`)], (footnotes) =>
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
  return build(
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
  return build(
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
  return build("Memory", head, (footnotes) =>
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

/** What is compared, with what a reader should know of each. */
export function subjectsTable(results: Results): DataTable {
  const head = ["subject", "SDK", "its progress is stored by", "compared with", "notes"];
  const title = (name: string | null) => results.subjects.find((info) => info.name === name)?.title ?? name;
  const rows = groupsOf(results).flatMap(({ members }) =>
    members.map((info) => [
      describeSubject(info),
      info.sdk,
      info.engine ?? "nothing",
      title(info.baseline) ?? (isBaseline(results, info.name) ? "it is a baseline" : "no plain control"),
      [...(info.disqualified === undefined ? [] : [`Disqualified: ${info.disqualified}`]), ...info.notes].join(" "),
    ]),
  );
  return { title: "What is compared", head, rows, notes: [], numeric: false };
}

/** The machine and the versions. */
export function environmentTable({ environment }: Results): DataTable {
  const { mockModelCallsPerSecond: ceiling } = environment;
  const rows = [
    ["command", environment.command],
    ["date", environment.date],
    ["mode", environment.mode],
    ["duration", `${formatNumber(environment.seconds / 60, 1)} minutes`],
    ["CPU", `${environment.cpu}, ${environment.cores} cores`],
    ["memory", `${environment.memoryGiB} GiB`],
    ["load before the run", formatNumber(environment.load, 2)],
    ["system", environment.system],
    ["Node", environment.node],
    ["restate-server", environment.restateServer],
    ["restate-sdk", environment.restateSdk],
    ["PostgreSQL", environment.postgres],
    ["mock model, calls a second at most", ceiling === null ? "not measured" : formatNumber(ceiling)],
  ];
  return { title: "Measured on", head: ["", ""], rows, notes: [], numeric: false };
}

/** What is not there, and why. */
export function notMeasuredTable({ subjects, notMeasured }: Results): DataTable {
  const title = (name: string) => {
    const info = subjects.find((subject) => subject.name === name);
    return info ? describeSubject(info) : name;
  };
  const disqualified = subjects.flatMap((info) =>
    info.disqualified === undefined
      ? []
      : [[describeSubject(info), "everything", `Disqualified: ${info.disqualified}`]],
  );
  const grouped = Map.groupBy(notMeasured, ({ measure, part = "", reason }) => JSON.stringify([measure, part, reason]));
  const rows = [...grouped.values()].flatMap((entries) => {
    const [first] = entries;
    if (!first) return [];
    const what =
      first.part === undefined ? measureNames[first.measure] : `${measureNames[first.measure]}: ${first.part}`;
    const members = new Set(entries.map(({ subject }) => subject));
    const names = subjects.every(({ name }) => members.has(name)) ? ["all"] : [...members].map(title);
    return [[names.join("; "), what, first.reason]];
  });
  const head = ["subject", "what", "why"];
  return { title: "Not measured", head, rows: [...disqualified, ...rows], notes: [], numeric: false };
}

const measureNames: Record<Results["notMeasured"][number]["measure"], string> = {
  crashes: "crashes",
  timelines: "timelines",
  latencies: "wall times",
  throughput: "requests a second",
  storage: "storage",
  memory: "memory",
  fanOut: "fan-out",
};
