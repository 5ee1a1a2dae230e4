import type { CrashSample, Results, SubjectInfo } from "../results.ts";
import { buildTable, type DataTable } from "./data-table.ts";
import { capitalize } from "./markdown.ts";
import {
  type Footnotes,
  formatDifference,
  formatNumber,
  formatSeconds,
  formatShare,
  formatSpread,
  isMissing,
  reasonFor,
  type Spread,
} from "./statistics.ts";
import {
  addedPerCallOf,
  countCrashes,
  crashCountsOf,
  describeSubject,
  disasters,
  isBaseline,
  type Outcome,
  outcomeOf,
  patternNames,
  type Repeats,
  recoveryOf,
} from "./summary.ts";

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
  return buildTable("Killed, and what it costs", summaryHead, (footnotes) =>
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
      const table = buildTable(
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
  return buildTable("Answers that had just arrived", head, (footnotes) =>
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
  return buildTable("Times to recover", head, (footnotes) =>
    results.subjects.map((info) => [
      describeSubject(info),
      ...struck.flatMap(({ disaster }) => {
        const { untilProgress, untilAnswer } = recoveryOf(results, info.name, disaster);
        return [footnotes.show(untilProgress, formatTime), footnotes.show(untilAnswer, formatTime)];
      }),
    ]),
  );
}
