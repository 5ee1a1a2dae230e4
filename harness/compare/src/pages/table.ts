import Table from "cli-table3";
import type { Results, SubjectInfo } from "../results.ts";
import { crashMatrix } from "./crash-tables.ts";
import { capitalize, formatDataTable } from "./markdown.ts";
import {
  Footnotes,
  formatDifference,
  formatList,
  formatNumber,
  formatSeconds,
  formatShare,
  isMissing,
  type Missing,
  reasonFor,
  sumOf,
} from "./statistics.ts";
import {
  addedPerCallOf,
  type CrashCounts,
  crashCountsOf,
  describeSubject,
  groupsOf,
  isBaseline,
  isOnRestate,
  type Repeats,
  recoveryOf,
  withoutDisqualified,
} from "./summary.ts";

const columns = 8;

/**
 * The table of `npm run compare`, at most 80 columns wide: one row a subject, over all kills of its service. What is not
 * measured has a footnote that says why.
 */
export function formatTable(measured: Results): string {
  const results = withoutDisqualified(measured);
  const footnotes = new Footnotes();
  // Rules between groups only: eight columns of numbers don't fit into 80 with a line beside each.
  const table = new Table({
    chars: {
      ...{ top: "─", "top-mid": "─", "top-left": "", "top-right": "" },
      ...{ bottom: "─", "bottom-mid": "─", "bottom-left": "", "bottom-right": "" },
      ...{ mid: "─", "mid-mid": "─", "left-mid": "", "right-mid": "", left: "", right: "", middle: " " },
    },
    head: [
      ...["", "lost/\nwrong", "resumed\nby", "completed\nrepeated", "in flight\nrepeated", "tokens\ntwice"],
      ...["until\nanswer", "ms\nadded"],
    ],
    colAligns: ["left", "right", "left", "right", "right", "right", "right", "right"],
    colWidths: [18, 7, 8, 10, 10, 7, 7, 6],
    wordWrap: true,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 1 },
  });
  for (const { title, members } of groupsOf(results)) {
    table.push([{ colSpan: columns, content: `${title}` }]);
    for (const info of members) table.push(rowOf(results, info, footnotes));
  }
  // The last column is padded on the right as well.
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return [...lines, ...(footnotes.reasons.length > 0 ? [formatFootnotes(footnotes)] : [])].join("\n");
}

function formatFootnotes({ reasons }: Footnotes): string {
  const none = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
  const table = new Table({
    chars: { ...Object.fromEntries(none.map((name) => [name, ""])), left: "", right: "", middle: "" },
    colWidths: [5, 74],
    wordWrap: true,
    style: { compact: true, "padding-left": 0, "padding-right": 1 },
  });
  for (const [index, reason] of reasons.entries()) table.push([`[${index + 1}]`, `not measured: ${reason}`]);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function rowOf(results: Results, info: SubjectInfo, footnotes: Footnotes): Table.HorizontalTableRow {
  const narrow = <Value>(value: Value | Missing, format: (value: Value) => string) =>
    isMissing(value) ? `[${footnotes.numberOf(value.missing)}]` : format(value);
  if (info.disqualified !== undefined) {
    const content = footnotes.show(reasonFor(results, info.name, "crashes"), String);
    return [info.title, { colSpan: columns - 1, content }];
  }
  const counts = crashCountsOf(results, info.name);
  const show = (format: (counts: CrashCounts) => string) => narrow(counts, format);
  return [
    info.title,
    show(({ killed, outcomes }) => `${outcomes.lost + outcomes["another answer"]}/${killed}`),
    show(({ outcomes }) => whoResumed(outcomes)),
    show(({ completed }) => `${completed.repeated}/${completed.of}`),
    show(({ inFlight }) => `${inFlight.repeated}/${inFlight.of}`),
    show(({ tokens }) => formatNumber(tokens.total)),
    narrow(recoveryOf(results, info.name).untilAnswer, ({ median }) => formatSeconds(median)),
    isBaseline(results, info.name) && info.baseline === null
      ? "base"
      : narrow(addedPerCallOf(results, info), (added) => formatDifference(added)),
  ];
}

/** Such as "itself", or of several, "itself 5 caller 2". */
function whoResumed(outcomes: CrashCounts["outcomes"]): string {
  const { itself, "the caller": caller } = outcomes;
  if (itself > 0 && caller > 0) return `itself ${itself}\ncaller ${caller}`;
  if (itself > 0) return "itself";
  return caller > 0 ? "caller" : "nobody";
}

/** What the columns of {@link formatTable} are. */
export const tableLegend =
  "Lost/wrong: requests without an answer, or with another one, of those whose service was killed (who goes on by itself " +
  "was killed some more times, to be timed). Resumed by: itself, or " +
  "the caller, who had to ask again. Completed: model calls whose answers were there and could have been stored; in " +
  "flight: calls that waited for an answer; each by how many there were. Tokens twice: tokens of all repeated calls, a " +
  "killed request. Until answer: from the process being back, with a model that answers at once. " +
  "Ms added: to each model call of the critical path, against the same SDK without durability (base). Times are medians.";

/** What the numbers say, in a few sentences: who resumes, what is repeated, what it costs. */
export const formatMeaning = (results: Results) =>
  meaningOf(results)
    .flatMap(({ sentences }) => sentences)
    .join(" ");

/** The sentences of {@link formatMeaning}, by what they are about. */
export function meaningOf(measured: Results): { title: string; sentences: string[] }[] {
  const results = withoutDisqualified(measured);
  const killed = results.subjects.flatMap((info) => {
    const counts = crashCountsOf(results, info.name);
    return isMissing(counts) ? [] : [{ info, counts }];
  });
  return [
    {
      title: "Who resumes",
      sentences:
        killed.length > 0
          ? sayWhoResumes(results, killed)
          : ["No request was killed, so nothing can be said about durability."],
    },
    { title: "What is paid twice", sentences: sayWhatIsRepeated(killed) },
    { title: "What it costs", sentences: sayWhatItCosts(results) },
  ].filter(({ sentences }) => sentences.length > 0);
}

interface Killed {
  info: SubjectInfo;
  counts: CrashCounts;
}

function sayWhoResumes(results: Results, killed: Killed[]): string[] {
  const ended = (outcome: "itself" | "the caller") =>
    killed.filter(({ counts }) => counts.outcomes[outcome] === counts.killed);
  const [unaided, asked] = [ended("itself"), ended("the caller")];
  const flawed = killed.filter((it) => !unaided.includes(it) && !asked.includes(it));
  const times = unaided.flatMap(({ info }) => {
    const { untilAnswer } = recoveryOf(results, info.name);
    return isMissing(untilAnswer) ? [] : [untilAnswer.median];
  });
  const within = times.length > 0 ? `, ${formatRange(times, formatSeconds)} after the process was back` : "";
  const requests = (items: Killed[]) => formatNumber(sumOf(items, ({ counts }) => counts.killed));
  return [
    ...flawed.map(({ info, counts: { killed, outcomes } }) => {
      const parts = [
        outcomes.lost > 0 && `lost ${formatShare(outcomes.lost, killed)} killed requests`,
        outcomes["another answer"] > 0 && `gave another answer to ${formatShare(outcomes["another answer"], killed)}`,
        outcomes["the caller"] > 0 && `had to be asked again for ${formatShare(outcomes["the caller"], killed)}`,
        outcomes.itself > 0 && `went on by itself in ${formatShare(outcomes.itself, killed)}`,
      ];
      return `${describeSubject(info)} ${formatList(parts.filter((part) => part !== false))}.`;
    }),
    unaided.length > 0 &&
      `All ${requests(unaided)} killed requests to ${nameAll(unaided, killed)} went on by themselves and got the same ` +
        `answer${within}.`,
    asked.length > 0 &&
      `Those to ${nameAll(asked, killed)} stood still until the caller asked again; then all ${requests(asked)} got the ` +
        "same answer.",
  ].filter((sentence) => sentence !== false);
}

function sayWhatIsRepeated(killed: Killed[]): string[] {
  const repeating = killed.filter(({ counts }) => counts.completed.repeated > 0);
  const sparing = killed.filter(({ counts }) => counts.completed.repeated === 0);
  const total = (items: Killed[], read: (counts: CrashCounts) => Repeats): Repeats => ({
    repeated: sumOf(items, ({ counts }) => read(counts).repeated),
    of: sumOf(items, ({ counts }) => read(counts).of),
  });
  const share = ({ repeated, of }: Repeats) => formatShare(repeated, of);
  const window = total(sparing, ({ justAnswered }) => justAnswered);
  const inFlight = killed.map(({ counts }) => counts.inFlight).filter(({ of }) => of > 0);
  const shares = inFlight.map(({ repeated, of }) => repeated / of);
  const all = repeating.filter(({ counts }) => counts.completed.repeated === counts.completed.of);
  const some = repeating.filter((it) => !all.includes(it));
  return [
    all.length > 0 &&
      `Completed model calls were made and paid again by ${nameAll(all, killed)}: all ` +
        `${formatNumber(total(all, ({ completed }) => completed).of)}.`,
    ...some.map(
      ({ info, counts }) => `${describeSubject(info)} repeated ${share(counts.completed)} completed model calls.`,
    ),
    sparing.length > 0 &&
      `${repeating.length > 0 ? "The others" : capitalize(nameAll(sparing, killed))} repeated none of ` +
        `${formatNumber(total(sparing, ({ completed }) => completed).of)} completed model calls` +
        `${window.repeated > 0 ? `, but ${share(window)} whose answers had arrived in the moment of the kill` : ""}.`,
    shares.length > 0 &&
      (Math.min(...shares) === 1
        ? "What was in flight is made again by everybody, since nobody can know whether it was answered."
        : `Of what was in flight, ${formatRange(shares, formatPercent)} was made again.`),
  ].filter((sentence) => sentence !== false);
}

function sayWhatItCosts(results: Results): string[] {
  const costs = results.subjects.flatMap((info) => {
    const added = addedPerCallOf(results, info);
    return isMissing(added) || info.engine === null ? [] : [{ info, added }];
  });
  const ours = costs.filter(({ info }) => isOnRestate(info));
  const others = costs.filter(({ info }) => !isOnRestate(info));
  const milliseconds = (value: number) => `${formatNumber(value, 1)} ms`;
  const range = (items: typeof costs) =>
    formatRange(
      items.map(({ added }) => added),
      milliseconds,
    );
  const cheaper = ours.flatMap((our) =>
    others
      .filter(({ info, added }) => info.baseline === our.info.baseline && added < our.added)
      .map(({ info, added }) => `${info.title} ${milliseconds(added)}, on Restate ${milliseconds(our.added)}`),
  );
  const most = Math.max(...ours.map(({ added }) => added)) / 1000;
  return [
    ours.length > 0 &&
      `Restate adds ${range(ours)} to a model call${others.length > 0 ? `, other stores ${range(others)}` : ""}; beside ` +
        `a call that takes a second, Restate's part is ${most > 0 ? `at most ${formatPercent(most)}` : "nothing"}.`,
    cheaper.length > 0 && `Less than Restate with the same SDK: ${cheaper.join("; ")}.`,
  ].filter((sentence) => sentence !== false);
}

/** Names subjects, those on Restate and those that store nothing as one if all of them are among them. */
function nameAll(some: Killed[], all: Killed[]): string {
  const kinds = [
    { title: "everything on Restate", accepts: isOnRestate },
    { title: "the SDKs alone", accepts: ({ engine }: SubjectInfo) => engine === null },
  ];
  let rest = some.map(({ info }) => info);
  const names: string[] = [];
  for (const { title, accepts } of kinds) {
    const members = all.map(({ info }) => info).filter(accepts);
    if (members.length < 2 || !members.every((member) => rest.includes(member))) continue;
    names.push(title);
    rest = rest.filter((info) => !members.includes(info));
  }
  names.push(...rest.map(describeSubject));
  // Titles may have commas of their own.
  return names.some((name) => name.includes(",")) && names.length > 2
    ? `${names.slice(0, -1).join("; ")}; and ${names.at(-1)}`
    : formatList(names);
}

const formatPercent = (share: number) => `${formatNumber(share * 100, share < 0.1 ? 1 : 0)} %`;

/** Such as "0.21 s to 0.34 s"; one value if all are written the same. */
function formatRange(values: number[], format: (value: number) => string): string {
  const [least, most] = [format(Math.min(...values)), format(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
}

/** Pattern by crash point for each subject, as Markdown; {@link matrixLegend} says what its marks are. */
export const formatCrashMatrix = (results: Results) =>
  crashMatrix(withoutDisqualified(results)).map(formatDataTable).join("\n\n");
