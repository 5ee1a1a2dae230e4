import * as Plot from "@observablehq/plot";
import { drawChart } from "./chart.ts";
import type { Html } from "./html.ts";

/** A part of a bar, from where the one before it ends. */
export interface Segment {
  value: number;
  fill: string;
  stroke?: string;
}

/** A row: its label and its value as text, and below them what is drawn. */
export interface Row {
  label: string;
  value: string;
  segments?: Segment[];
  /** The quartiles, as a line with a dot at the median or, over a bar, as a whisker. */
  range?: { lower: number; upper: number; median?: number; color: string };
}

export interface RowsOptions {
  /** The least and the greatest value of the axis. */
  domain: [number, number];
  formatTick: (value: number) => string;
}

const [rowHeight, barTop, barBottom, margin] = [36, 18, 30, 2];

/** Draws rows with labels above the bars, so that long names need no margin beside them. */
export function drawRows(label: string, rows: Row[], { domain, formatTick }: RowsOptions): Html {
  const height = rows.length * rowHeight;
  const y = (index: number, offset: number) => index * rowHeight + offset;
  const segments = rows.flatMap(({ segments = [] }, index) => {
    let end = 0;
    return segments
      .filter(({ value }) => value !== 0)
      .map(({ value, fill, stroke = fill }) => {
        const x1 = end;
        end += value;
        return { x1, x2: end, y1: y(index, barTop), y2: y(index, barBottom), fill, stroke };
      });
  });
  const ranges = rows.flatMap(({ range }, index) =>
    range ? [{ ...range, y: y(index, (barTop + barBottom) / 2) }] : [],
  );
  const medians = ranges.flatMap(({ median, color, y }) => (median === undefined ? [] : [{ median, color, y }]));
  return drawChart(label, {
    height: height + 26,
    marginTop: 0,
    marginBottom: 26,
    marginLeft: margin,
    marginRight: margin,
    x: { domain, axis: null },
    y: { domain: [0, height], range: [0, height], axis: null },
    marks: [
      Plot.gridX({ ticks: 4, stroke: "var(--grid)", strokeOpacity: 1 }),
      ...(domain[0] < 0 ? [Plot.ruleX([0], { stroke: "var(--axis)" })] : []),
      Plot.axisX({
        ticks: 4,
        tickSize: 0,
        tickFormat: formatTick,
        label: null,
        color: "var(--muted)",
        // A number below the first or the last tick may not leave the chart.
        textAnchor: "middle",
      }),
      Plot.text(rows, {
        x: () => domain[0],
        y: (_, index) => y(index, 10),
        text: "label",
        textAnchor: "start",
        fill: "currentColor",
        stroke: "var(--paper)",
        strokeWidth: 4,
      }),
      Plot.text(rows, {
        x: () => domain[1],
        y: (_, index) => y(index, 10),
        text: "value",
        textAnchor: "end",
        fill: "currentColor",
        fontWeight: 600,
        fontVariant: "tabular-nums",
        stroke: "var(--paper)",
        strokeWidth: 4,
      }),
      ...segments.map((segment) =>
        Plot.rect([segment], { ...coordinates, fill: segment.fill, stroke: segment.stroke }),
      ),
      ...ranges.map(({ lower, upper, y, color, median }) =>
        Plot.ruleY([{ lower, upper, y }], {
          ...{ x1: "lower", x2: "upper", y: "y", stroke: median === undefined ? "currentColor" : color },
          strokeWidth: median === undefined ? 1.5 : 4,
          strokeOpacity: median === undefined ? 1 : 0.45,
          strokeLinecap: "round",
        }),
      ),
      ...medians.map(({ median, color, y }) => Plot.dot([{ median, y }], { x: "median", y: "y", r: 5, fill: color })),
    ],
  });
}

const coordinates = { x1: "x1", x2: "x2", y1: "y1", y2: "y2" };

/** The axis' domain for these values: from zero, or below it, to beyond the greatest, so that its tick has room. */
export const domainOf = (values: number[]): [number, number] => [
  Math.min(0, ...values),
  Math.max(1e-9, ...values) * 1.06,
];
