import * as Plot from "@observablehq/plot";
import { drawChart, shorten } from "./chart.ts";
import type { Html } from "./html.ts";

/** A line with its name at its end. */
export interface Line {
  name: string;
  color: string;
  symbol: Plot.SymbolType;
  points: { x: number; y: number }[];
}

export interface LinesOptions {
  /** The ticks of the axis, which is logarithmic. */
  xTicks: number[];
  xLabel: string;
  yDomain: [number, number];
  formatY: (value: number) => string;
}

const [top, bottom, left, right, plotHeight, lineHeight, nameLength] = [14, 40, 36, 138, 190, 15, 21];

/** Draws lines over a logarithmic axis, each with its name beside its last point. */
export function drawLines(label: string, lines: Line[], { xTicks, xLabel, yDomain, formatY }: LinesOptions): Html {
  const [least, most] = yDomain;
  const pixel = (value: number) => top + plotHeight * (1 - (value - least) / (most - least));
  const ends = lines.flatMap((line) => {
    const end = line.points.at(-1);
    return end ? [{ ...line, end, y: pixel(end.y) }] : [];
  });
  const labels = separate(ends, lineHeight, top + plotHeight);
  return drawChart(label, {
    height: top + plotHeight + bottom,
    ...{ marginTop: top, marginBottom: bottom, marginLeft: left, marginRight: right },
    x: { type: "log", domain: [Math.min(...xTicks), Math.max(...xTicks)], axis: null },
    y: { domain: yDomain, range: [top + plotHeight, top], axis: null },
    marks: [
      Plot.gridY({ ticks: 4, stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.axisY({ ticks: 4, tickSize: 0, tickFormat: formatY, label: null, color: "var(--muted)" }),
      // Plot's own axis leaves out what a logarithmic scale has no room for, which here is not so.
      Plot.axisX({ ticks: xTicks, tickSize: 3, tickFormat: () => "", ...xAxis, label: xLabel, color: "var(--muted)" }),
      Plot.text(xTicks, {
        x: (tick: number) => tick,
        text: String,
        frameAnchor: "bottom",
        dy: 15,
        fill: "var(--muted)",
      }),
      ...lines.flatMap(({ points, color, symbol }) => [
        Plot.line(points, { x: "x", y: "y", stroke: color, strokeWidth: 2 }),
        Plot.dot(points, { x: "x", y: "y", fill: color, symbol, r: 4 }),
      ]),
      ...labels.map(({ name, end, y }) =>
        Plot.text([end], {
          ...{
            x: "x",
            y: "y",
            text: () => shorten(name, nameLength),
            textAnchor: "start",
            dx: 9,
            dy: y - pixel(end.y),
          },
          ...{ fill: "currentColor" },
        }),
      ),
    ],
  });
}

const xAxis = { labelAnchor: "center", labelArrow: "none" } as const;

/** Moves labels apart that would stand on each other, in the order of their lines' ends. */
export function separate<Label extends { y: number }>(labels: Label[], distance: number, lowest: number): Label[] {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  let free = Number.NEGATIVE_INFINITY;
  const down = sorted.map((label) => {
    const y = Math.max(label.y, free);
    free = y + distance;
    return { ...label, y };
  });
  // What was pushed below the axis pushes the others up again.
  let limit = lowest;
  return down
    .toReversed()
    .map((label) => {
      const y = Math.min(label.y, limit);
      limit = y - distance;
      return { ...label, y };
    })
    .toReversed();
}
