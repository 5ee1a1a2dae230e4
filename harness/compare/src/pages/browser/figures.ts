import type { Results, SystemInfo, Timeline } from "../../results.ts";
import { formatDifference, formatNumber, formatSeconds, formatShare } from "../statistics.ts";
import {
  addedOf,
  engineGroups,
  fanOutOf,
  figuresOf,
  fullTitle,
  patternNames,
  recoveryTimeOf,
  workersOf,
} from "../summary.ts";
import { type Html, html } from "./html.ts";
import { CHART_WIDTH, domainOf, drawRows, figure, type Row, type RowsOptions } from "./rows.ts";
import { drawSwimLanes, endOf } from "./swim-lanes.ts";

/** What stores a system's progress, as a colour. */
export function colorOf(results: Results, { name }: SystemInfo): string {
  const groups = engineGroups(results);
  const own = groups.find(({ members }) => members.some((member) => member.name === name));
  if (own?.engine === "Restate") return "var(--restate)";
  const others = groups.filter(({ engine }) => engine !== null && engine !== "Restate");
  return own && others.includes(own) ? `var(--engine-${Math.min(others.indexOf(own), 2) + 1})` : "var(--none)";
}

/** A chart with a row for each system of which there is a value; none if there is no value. */
function systemsChart<Value>(
  { systems }: Results,
  caption: Html,
  read: (info: SystemInfo) => Value | undefined,
  row: (value: Value, info: SystemInfo) => Omit<Row, "label">,
  options: RowsOptions,
): Html[] {
  const rows = systems.flatMap((info) => {
    const value = read(info);
    return value === undefined ? [] : [{ label: fullTitle(info), ...row(value, info) }];
  });
  return rows.length > 0 ? [drawRows(caption, rows, options)] : [];
}

/** A crash of each system, as swim lanes. */
export function crashTimelines({ systems, timelines }: Results): Html[] {
  return systems.flatMap((info) =>
    timelines
      .filter(({ system }) => system === info.name)
      .map((timeline) => {
        const name = fullTitle(info);
        const outcome = describeTimeline(timeline);
        const { content, height } = drawSwimLanes(timeline, endOf(timelines), CHART_WIDTH);
        const label = `${name}, ${timeline.pattern}, killed after ${formatSeconds(timeline.killed)}: ${outcome}.`;
        const drawing = html`<svg class="chart lanes" role="img" aria-label="${label}" viewBox="0 0 ${CHART_WIDTH} ${height}" width="${CHART_WIDTH}">${content}</svg>`;
        return figure(html`<strong>${name}</strong> ${outcome}`, drawing);
      }),
  );
}

/** What a timeline shows, in words. */
function describeTimeline({ answered, retried, calls }: Timeline): string {
  const repeated = (kind: "completed" | "in flight") => calls.filter(({ repeats }) => repeats === kind).length;
  const end = answered === null ? "no answer" : `answered after ${formatSeconds(answered)}`;
  const how = retried === null ? "" : ", after the client retried";
  return `${end}${how}; repeated: ${repeated("completed")} completed, ${repeated("in flight")} in flight`;
}

/** Of an axis: with as many digits as are needed, two at most. */
const seconds = (milliseconds: number) => `${Number((milliseconds / 1000).toFixed(2))} s`;

/** Tokens of repeated calls, by what the calls were; how many answers not yet persisted were asked for again; recovery time. */
export const crashCharts = (results: Results): Html[] => [
  ...systemsChart(
    results,
    html`<strong>Tokens billed twice</strong> for each killed request, with the mock model's usage`,
    (info) => figuresOf(results, [info]).counts?.tokens,
    ({ total, completed, notYetPersisted, inFlight }) => ({
      value: formatNumber(total),
      segments: [
        { value: completed, fill: "url(#completed)", stroke: "var(--completed)" },
        { value: notYetPersisted, fill: "url(#not-yet-persisted)", stroke: "var(--not-yet-persisted)" },
        { value: inFlight, fill: "url(#in-flight)", stroke: "var(--in-flight)" },
      ],
    }),
    { label: "Tokens billed twice for each killed request", formatTick: (value) => formatNumber(value) },
  ),
  ...systemsChart(
    results,
    html`<strong>Answers not yet persisted</strong> when the kill came a moment after them, and asked for again: steps are done at least
      once`,
    (info) => {
      const answers = figuresOf(results, [info]).counts?.notYetPersisted;
      return answers && answers.of > 0 ? answers : undefined;
    },
    ({ repeated, of }) => ({
      value: formatShare(repeated, of),
      segments: [{ value: repeated / of, fill: "url(#not-yet-persisted)", stroke: "var(--not-yet-persisted)" }],
    }),
    {
      label: "Of answers not yet persisted, asked for again",
      domain: domainOf([1]),
      formatTick: (value) => `${formatNumber(value * 100)} %`,
    },
  ),
  ...systemsChart(
    results,
    html`<strong>Recovery time</strong>, from the restart to the answer, of systems that recover by themselves. Median and quartiles`,
    ({ name }) => recoveryTimeOf(results, name),
    (time, info) => ({ value: formatSeconds(time.median), range: { ...time, color: colorOf(results, info) } }),
    { label: "Seconds from the restart to the answer", formatTick: seconds },
  ),
];

/** What durability adds to a model call, a chart a pattern. */
export function addedCharts(results: Results, latency: number): Html[] {
  const names = patternNames(results, results.latencies);
  const all = names.flatMap((pattern) => results.systems.map((info) => addedOf(results, info, pattern, latency)));
  const domain = domainOf(all.flatMap((added) => (added ? [added.lower, added.median, added.upper] : [])));
  return names.flatMap((pattern) =>
    systemsChart(
      results,
      html`<strong>${pattern}</strong>`,
      (info) => addedOf(results, info, pattern, latency),
      ({ median, lower, upper }, info) => {
        const color = colorOf(results, info);
        const value = `${formatDifference(median)} ms`;
        return { value, segments: [{ value: median, fill: color }], range: { lower, upper, color } };
      },
      {
        label: `${pattern}: milliseconds added to a model call`,
        domain,
        formatTick: (value) => `${formatNumber(value)} ms`,
      },
    ),
  );
}

/** Wall times of fan-outs as multiples of their critical path, a chart a number of workers. */
export function fanOutCharts(results: Results): Html[] {
  const workers = workersOf(results);
  const all = workers.flatMap((count) => results.systems.map(({ name }) => fanOutOf(results, name, count)?.upper ?? 0));
  return workers.flatMap((count) =>
    systemsChart(
      results,
      html`<strong>${count} workers</strong>`,
      ({ name }) => fanOutOf(results, name, count),
      ({ median }, info) => ({
        value: `${formatNumber(median, 2)}×`,
        segments: [
          { value: 1, fill: "var(--model)" },
          { value: Math.max(0, median - 1), fill: colorOf(results, info) },
        ],
      }),
      {
        label: `${count} workers: wall time by the critical path`,
        domain: domainOf(all),
        formatTick: (value) => `${formatNumber(value, 1)}×`,
      },
    ),
  );
}
