import * as Plot from "@observablehq/plot";
import { Html, html } from "./html.ts";

/** Charts are as wide as a phone's screen leaves room for, so that their text has the size that it was given. */
export const CHART_WIDTH = 356;

/** A drawing with its caption. */
export const figure = (caption: Html, drawing: Html) =>
  html`<figure><figcaption>${caption}</figcaption>${drawing}</figure>`;

/** A row: its label and its value as text, and below them what is drawn. */
export interface Row {
  label: string;
  value: string;
  /** Parts of a bar, each from where the one before it ends. */
  segments?: { value: number; fill: string; stroke?: string }[];
  /** The quartiles, as a line with a dot at the median or, over a bar, as a whisker. */
  range?: { lower: number; upper: number; median?: number; color: string };
}

export interface RowsOptions {
  /** What the chart shows, for those who don't see it; the rows' values follow. */
  label: string;
  /** The least and the greatest value of the axis; what the rows need unless set. */
  domain?: [number, number];
  formatTick: (value: number) => string;
}

const [rowHeight, axisHeight] = [36, 26];

/** Draws rows with labels above the bars, so that long names need no margin beside them. */
export function drawRows(caption: Html, rows: Row[], { label, formatTick, ...options }: RowsOptions): Html {
  const domain = options.domain ?? domainOf(rows.map(endOf));
  const segments = rows.flatMap(({ segments: parts = [] }, row) =>
    parts.filter(({ value }) => value !== 0).map((part) => ({ row, stroke: part.fill, ...part })),
  );
  const ranges = rows.flatMap(({ range }, row) => (range ? [{ row, ...range }] : []));
  const inWords = rows.map(({ label: name, value }) => `${name} ${value}`).join("; ");
  const text = {
    y: (_: Row, row: number) => row,
    dy: -8,
    fill: "currentColor",
    stroke: "var(--paper)",
    strokeWidth: 4,
  };
  const drawn = Plot.plot({
    width: CHART_WIDTH,
    height: rows.length * rowHeight + axisHeight,
    ...{ marginTop: 0, marginBottom: axisHeight, marginLeft: 2, marginRight: 2 },
    x: { domain, axis: null },
    y: { type: "band", domain: [...rows.keys()], padding: 0, axis: null },
    color: { type: "identity" },
    marks: [
      Plot.gridX({ ticks: 4, stroke: "var(--grid)", strokeOpacity: 1 }),
      ...(domain[0] < 0 ? [Plot.ruleX([0], { stroke: "var(--axis)" })] : []),
      Plot.axisX({ ticks: 4, tickSize: 0, tickFormat: formatTick, label: null, color: "var(--muted)" }),
      Plot.text(rows, { ...text, x: () => domain[0], text: "label", textAnchor: "start" }),
      Plot.text(rows, {
        ...{ ...text, x: () => domain[1], text: "value", textAnchor: "end" },
        ...{ fontWeight: 600, fontVariant: "tabular-nums" },
      }),
      Plot.barX(segments, {
        ...{ x: "value", y: "row", fill: "fill", stroke: "stroke" },
        ...{ insetTop: 18, insetBottom: 6 },
      }),
      ...ranges.map((range) =>
        Plot.ruleY([range], {
          ...{ x1: "lower", x2: "upper", y: "row", dy: 6, strokeLinecap: "round" },
          ...(range.median === undefined
            ? { stroke: "currentColor", strokeWidth: 1.5 }
            : { stroke: range.color, strokeWidth: 4, strokeOpacity: 0.45 }),
        }),
      ),
      Plot.dot(
        ranges.filter(({ median }) => median !== undefined),
        { x: "median", y: "row", dy: 6, r: 5, fill: "color" },
      ),
    ],
  });
  // Plot brings a style sheet with every chart; the page's own has those lines once.
  for (const style of drawn.querySelectorAll("style")) style.remove();
  // Its parts have labels of their own, which say less than the chart's.
  for (const part of drawn.querySelectorAll("[aria-label], [aria-description]")) {
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-description");
  }
  for (const name of ["font-size", "font-family"]) drawn.removeAttribute(name);
  const attributes = { role: "img", "aria-label": `${label}: ${inWords}.`, class: "chart" };
  for (const [name, value] of Object.entries(attributes)) drawn.setAttribute(name, value);
  return figure(caption, new Html(drawn.outerHTML));
}

/** Where a row ends. */
const endOf = ({ segments = [], range }: Row) =>
  Math.max(
    range?.upper ?? 0,
    segments.reduce((sum, { value }) => sum + value, 0),
  );

/** The axis' domain for these values: from zero, or below it, to beyond the greatest, so that its tick has room. */
export const domainOf = (values: number[]): [number, number] => [
  Math.min(0, ...values),
  Math.max(1e-9, ...values) * 1.06,
];
