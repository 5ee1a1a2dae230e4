import { patterns } from "../../patterns.ts";
import type { Results, SubjectInfo, Timeline } from "../../results.ts";
import { capitalize } from "../markdown.ts";
import { formatDifference, formatNumber, formatSeconds, formatShare, isMissing } from "../statistics.ts";
import {
  costOf,
  crashCountsOf,
  describeSubject,
  fanOutOf,
  isOnRestate,
  modelLatenciesOf,
  patternNames,
  recoveryOf,
  wallTimeOf,
  workersOf,
} from "../summary.ts";
import { type Html, html } from "./html.ts";
import { drawLines, type Line } from "./lines.ts";
import { domainOf, drawRows, type Row } from "./rows.ts";
import { drawSwimLanes } from "./swim-lanes.ts";

/** A chart with its caption. */
const figure = (caption: Html, chart: Html) => html`<figure><figcaption>${caption}</figcaption>${chart}</figure>`;

/** What stores a subject's progress, as a colour and a symbol; the report's legend shows the same. */
export interface EngineStyle {
  title: string;
  color: string;
  symbol: Line["symbol"];
}

/** The engines of these results: Restate, the others in the order of the subjects, and none. */
export function enginesOf({ subjects }: Results): Map<string | null, EngineStyle> {
  const others = new Set(
    subjects.filter((info) => info.engine !== null && !isOnRestate(info)).map((info) => packageOf(info)),
  );
  const symbols = ["triangle", "diamond2", "star"] as const;
  return new Map<string | null, EngineStyle>([
    ["Restate", { title: "Restate", color: "var(--restate)", symbol: "circle" }],
    ...[...others].map((name, index): [string | null, EngineStyle] => [
      name,
      {
        title: name ?? "",
        color: `var(--engine-${Math.min(index, symbols.length - 1) + 1})`,
        symbol: symbols[index] ?? "star",
      },
    ]),
    [null, { title: "stores nothing", color: "var(--none)", symbol: "square" }],
  ]);
}

const packageOf = ({ engine }: SubjectInfo) => engine?.split(" ")[0] ?? null;

function styleOf(results: Results, info: SubjectInfo): EngineStyle {
  const engines = enginesOf(results);
  return engines.get(packageOf(info)) ?? { title: "", color: "var(--none)", symbol: "square" };
}

/** Subjects by their SDK: those that are compared with the same baseline, and it, stand together. */
export function familiesOf({ subjects }: Results): SubjectInfo[][] {
  return [...Map.groupBy(subjects, ({ name, baseline }) => baseline ?? name).values()];
}

/** What a family is called: as the implementation with the SDK of its baseline, else as its first member. */
export function familyTitle(members: SubjectInfo[]): string {
  const sdk = members.find(({ baseline }) => baseline === null)?.sdk;
  const named = members.find((info) => info.kind === "implementation" && info.sdk === sdk) ?? members[0];
  return named?.title ?? "";
}

/** What a timeline shows, in words. */
function describeTimeline({ answered, askedAgain, calls }: Timeline): string {
  const repeated = (kind: "completed" | "in flight") => calls.filter(({ repeats }) => repeats === kind).length;
  const end = answered === null ? "no answer" : `answered after ${formatSeconds(answered)}`;
  const asked = askedAgain === null ? "" : ", once the caller had asked again";
  return `${end}${asked}; repeated: ${repeated("completed")} completed, ${repeated("in flight")} in flight`;
}

/** A crash of each subject, as swim lanes, by pattern. */
export function crashTimelines(results: Results): { pattern: string; figures: Html[] }[] {
  return patternNames(results.timelines).map((pattern) => {
    const timelines = results.timelines.filter((timeline) => timeline.pattern === pattern);
    const end =
      Math.max(
        ...timelines.flatMap(({ back, answered, calls }) => [back, answered ?? 0, ...calls.map((it) => it.ended)]),
      ) * 1.02;
    const figures = results.subjects.flatMap((info) => {
      const timeline = timelines.find(({ subject }) => subject === info.name);
      if (!timeline) return [];
      const name = describeSubject(info);
      const description = describeTimeline(timeline);
      return [
        figure(
          html`<strong>${name}</strong> ${description}`,
          drawSwimLanes(
            timeline,
            end,
            `${name}, ${pattern}, killed after ${formatSeconds(timeline.killed)}: ${description}.`,
          ),
        ),
      ];
    });
    return { pattern, figures };
  });
}

const whole = (value: number) => formatNumber(value);

/** Tokens of repeated calls, by what the calls were. */
export function tokensChart(results: Results): Html | undefined {
  const rows = results.subjects.flatMap((info): Row[] => {
    const counts = crashCountsOf(results, info.name);
    if (isMissing(counts)) return [];
    const { tokens } = counts;
    return [
      {
        label: describeSubject(info),
        value: whole(tokens.total),
        segments: [
          { value: tokens.completed, fill: "url(#completed)", stroke: "var(--completed)" },
          { value: tokens.justAnswered, fill: "url(#just-answered)", stroke: "var(--just-answered)" },
          { value: tokens.inFlight, fill: "url(#in-flight)", stroke: "var(--in-flight)" },
        ],
      },
    ];
  });
  if (rows.length === 0) return undefined;
  const totals = rows.map(({ segments = [] }) => segments.reduce((sum, { value }) => sum + value, 0));
  return figure(
    html`<strong>Tokens paid twice</strong> for each killed request, with the mock model's usage`,
    drawRows(`Tokens paid twice for each killed request: ${inWords(rows)}`, rows, {
      domain: domainOf(totals),
      formatTick: whole,
    }),
  );
}

/** How many of the answers that had just arrived were asked for again. */
export function windowChart(results: Results): Html | undefined {
  const found = results.subjects.flatMap((info) => {
    const counts = crashCountsOf(results, info.name);
    return isMissing(counts) || counts.justAnswered.of === 0 ? [] : [{ info, ...counts.justAnswered }];
  });
  if (found.length === 0) return undefined;
  const rows = found.map(
    ({ info, repeated, of }): Row => ({
      label: describeSubject(info),
      value: formatShare(repeated, of),
      segments: [{ value: repeated / of, fill: "url(#just-answered)", stroke: "var(--just-answered)" }],
    }),
  );
  return figure(
    html`<strong>Answers that had just arrived</strong> when the kill came, and were asked for again: steps are done at least once`,
    drawRows(`Of answers that had just arrived, asked for again: ${inWords(rows)}`, rows, {
      domain: domainOf([1]),
      formatTick: (value) => `${formatNumber(value * 100)} %`,
    }),
  );
}

/** How soon a killed request is answered. */
export function recoveryChart(results: Results): Html | undefined {
  const found = results.subjects.flatMap((info) => {
    const { untilAnswer } = recoveryOf(results, info.name);
    return isMissing(untilAnswer) ? [] : [{ info, untilAnswer }];
  });
  if (found.length === 0) return undefined;
  const rows = found.map(({ info, untilAnswer }): Row => {
    const { median, lower, upper } = untilAnswer;
    return {
      label: describeSubject(info),
      value: formatSeconds(median),
      range: { median, lower, upper, color: styleOf(results, info).color },
    };
  });
  return figure(
    html`<strong>Until the answer</strong> from the process being back, of those who go on by themselves. Median and quartiles`,
    drawRows(`Seconds until the answer: ${inWords(rows)}`, rows, {
      domain: domainOf(found.map(({ untilAnswer }) => untilAnswer.upper)),
      formatTick: (value) => `${formatNumber(value / 1000, 1)} s`,
    }),
  );
}

const inWords = (rows: Row[]) => `${rows.map(({ label, value }) => `${label} ${value}`).join("; ")}.`;

/** What durability adds to a model call, a chart a pattern, at the shortest latency of the model. */
export function addedCharts(results: Results): { latency: number; figures: Html[] } | undefined {
  const [latency] = modelLatenciesOf(results);
  if (latency === undefined) return undefined;
  const charts = patternNames(results.latencies).map((pattern) => {
    const path = patterns.find(({ name }) => name === pattern)?.criticalPath ?? 1;
    const bars = familiesOf(results)
      .flat()
      .flatMap((info) => {
        const cost = costOf(results, info, pattern, latency);
        if (isMissing(cost)) return [];
        const of = (time: number) => (time - cost.baseline.median) / path;
        return [{ info, added: cost.addedPerCall, lower: of(cost.own.lower), upper: of(cost.own.upper) }];
      });
    return { pattern, bars };
  });
  const bars = charts.flatMap((chart) => chart.bars);
  if (bars.length === 0) return undefined;
  const domain = domainOf(bars.flatMap(({ added, lower, upper }) => [added, lower, upper]));
  const figures = charts
    .filter((chart) => chart.bars.length > 0)
    .map(({ pattern, bars }) => {
      const rows = bars.map(({ info, added, lower, upper }): Row => {
        const { color } = styleOf(results, info);
        return {
          label: describeSubject(info),
          value: `${formatDifference(added)} ms`,
          segments: [{ value: added, fill: color }],
          range: { lower, upper, color },
        };
      });
      return figure(
        html`<strong>${capitalize(pattern)}</strong>`,
        drawRows(`${pattern}: milliseconds added to a model call: ${inWords(rows)}`, rows, {
          domain,
          formatTick: (value) => `${formatNumber(value)} ms`,
        }),
      );
    });
  return { latency, figures };
}

/** Wall times, a chart a pattern, at the longest latency of the model. */
export function wallTimeCharts(results: Results): { latency: number; figures: Html[] } | undefined {
  const latency = modelLatenciesOf(results).at(-1);
  if (!latency) return undefined;
  const figures = patternNames(results.latencies).flatMap((pattern) => {
    const path = patterns.find(({ name }) => name === pattern)?.criticalPath ?? 0;
    const model = path * latency;
    const found = familiesOf(results)
      .flat()
      .flatMap((info) => {
        const time = wallTimeOf(results, info.name, pattern, latency);
        return isMissing(time) ? [] : [{ info, time }];
      });
    if (found.length === 0) return [];
    const rows = found.map(({ info, time }): Row => {
      const { color } = styleOf(results, info);
      return {
        label: describeSubject(info),
        value: formatSeconds(time.median),
        segments: [
          { value: Math.min(model, time.median), fill: "var(--model)" },
          { value: Math.max(0, time.median - model), fill: color },
        ],
      };
    });
    const shared = model > 0 ? ` ${path} model calls in a row` : "";
    return [
      figure(
        html`<strong>${capitalize(pattern)}</strong>${shared}`,
        drawRows(`${pattern}: seconds with a model that takes ${latency} ms: ${inWords(rows)}`, rows, {
          domain: domainOf(found.map(({ time }) => time.upper)),
          formatTick: (value) => `${formatNumber(value / 1000, 1)} s`,
        }),
      ),
    ];
  });
  return { latency, figures };
}

/** Wall time by the number of workers, a chart an SDK. */
export function fanOutCharts(results: Results): Html[] {
  const workers = workersOf(results);
  const families = familiesOf(results).flatMap((members) => {
    const lines = members.flatMap((info): { info: SubjectInfo; points: Line["points"] }[] => {
      const points = workers.flatMap((count) => {
        const ratio = fanOutOf(results, info.name, count);
        return isMissing(ratio) ? [] : [{ x: count, y: ratio.median }];
      });
      return points.length > 0 ? [{ info, points }] : [];
    });
    return lines.length > 0 ? [lines] : [];
  });
  const most = Math.max(...families.flat().flatMap(({ points }) => points.map(({ y }) => y)));
  return families.map((members) => {
    const family = familyTitle(members.map(({ info }) => info));
    const lines = members.map(({ info, points }): Line => {
      const { color, symbol } = styleOf(results, info);
      const own = info.title.startsWith(family) ? info.title.slice(family.length).replace(/^,? /, "") : info.title;
      const name = own || (isOnRestate(info) && members.length > 1 ? "on Restate" : info.title);
      return { name, color, symbol, points };
    });
    const words = lines.map(
      ({ name, points }) => `${name} ${points.map(({ x, y }) => `${formatNumber(y, 2)} with ${x} workers`).join(", ")}`,
    );
    return figure(
      html`<strong>${family}</strong>`,
      drawLines(`${family}: wall time by the critical path: ${words.join("; ")}.`, lines, {
        xTicks: workers,
        xLabel: "workers at the same time",
        yDomain: [Math.min(1, ...members.flatMap(({ points }) => points.map(({ y }) => y))), most * 1.03],
        formatY: (value) => `${formatNumber(value, 1)}×`,
      }),
    );
  });
}
