import type { Results } from "../results.ts";
import type { DataTable } from "./data-table.ts";
import { formatNumber } from "./statistics.ts";
import { describeSubject, groupsOf, isBaseline } from "./summary.ts";

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
