import Table from "cli-table3";
import type { Results, SystemInfo } from "../results.ts";
import { figuresOf, groupsOf, isSdkAlone, presentable } from "./summary.ts";

/** What a reader of the table can't guess. */
const EXPLANATIONS = [
  "Each request's process was killed with SIGKILL at one of its model calls.",
  "Tokens billed twice: a request's repeated calls, also those that were in flight.",
  "Recovery time: from the restart to the answer; — if it waits for its client.",
  "ms added: compared with the same SDK alone (base).",
];

const HEAD = [
  "",
  "recovers",
  "lost or\nwrong",
  "completed\ncalls\nrepeated",
  "tokens\nbilled\ntwice",
  "recovery\ntime",
  "ms added\nper model\ncall",
];

/** The table of `npm run compare`, at most 80 columns wide: one row a system, over all kills of its service. */
export function formatTable(measured: Results): string {
  const results = presentable(measured);
  // Rules between groups only: so many columns don't fit into 80 with a line beside each.
  const table = new Table({
    chars: {
      ...{ top: "─", "top-mid": "─", "top-left": "", "top-right": "" },
      ...{ bottom: "─", "bottom-mid": "─", "bottom-left": "", "bottom-right": "" },
      ...{ mid: "─", "mid-mid": "─", "left-mid": "", "right-mid": "", left: "", right: "", middle: " " },
    },
    head: HEAD,
    colAligns: ["left", "left", "right", "right", "right", "right", "right"],
    colWidths: [18, 14, 8, 10, 7, 8, 9],
    wordWrap: true,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
  });
  for (const { title, members } of groupsOf(results)) {
    table.push([{ colSpan: HEAD.length, content: title }]);
    for (const info of members) table.push(rowOf(results, info));
  }
  // What is aligned to the left is padded up to the next column.
  const lines = table.toString().split("\n");
  return [...lines.map((line) => line.trimEnd()), ...EXPLANATIONS, ...problemsOf(results)].join("\n");
}

function rowOf(results: Results, info: SystemInfo): Table.HorizontalTableRow {
  const { recovers, lost, repeated, tokensTwice, recoveryTime, addedPerCall } = figuresOf(results, [info]);
  // The unit is in the head.
  const added = isSdkAlone(results, info) ? "base" : addedPerCall.replace(" ms", "");
  return [info.title, recovers, lost, repeated, tokensTwice, recoveryTime, added];
}

/** Why something is not in the table that should be. */
function problemsOf({ environment: { disturbed }, systems, notMeasured }: Results): string[] {
  const failed = notMeasured.filter((entry) => entry.failed);
  return [
    ...(disturbed === null ? [] : [`No times are shown. ${disturbed}`]),
    ...systems.flatMap(({ title, disqualified }) =>
      disqualified === undefined ? [] : [`${title} gets no numbers: ${disqualified}`],
    ),
    ...failed.map(({ system, measure, reason }) => `Not measured, ${measure} of ${system}: ${reason}`),
  ].flatMap((line) => wrap(line, 80));
}

/** Breaks a text into lines of at most that many characters, between words. */
const wrap = (text: string, width: number) =>
  text
    .replace(new RegExp(`(.{1,${width}})( |$)`, "g"), "$1\n")
    .trimEnd()
    .split("\n");
