import * as Plot from "@observablehq/plot";
import { type HTMLElement, Window } from "happy-dom";
import { Html } from "./html.ts";

/** Charts are drawn as wide as a phone's screen leaves room for, so that their text has the size that it was given. */
export const chartWidth = 356;

/** A name that has room for so many letters. */
export const shorten = (name: string, length: number) =>
  name.length > length ? `${name.slice(0, length - 1).trimEnd()}…` : name;

/** Options of Plot, without those that every chart has in common. */
export type ChartOptions = Omit<Plot.PlotOptions, "document" | "width" | "style">;

/**
 * Draws a chart.
 *
 * @param label what it shows, for those who don't see it
 */
export function drawChart(label: string, options: ChartOptions): Html {
  const { document } = new Window();
  const drawn: HTMLElement = Plot.plot({
    document,
    width: chartWidth,
    ...options,
  });
  // Plot brings a style sheet with every chart; the report's own has those lines once.
  for (const style of drawn.querySelectorAll("style")) style.remove();
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", label);
  drawn.setAttribute("class", "chart");
  // Its parts have labels of their own, which say less than the chart's.
  for (const part of drawn.querySelectorAll("[aria-label], [aria-description]")) {
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-description");
  }
  drawn.removeAttribute("font-size");
  drawn.removeAttribute("font-family");
  return new Html(drawn.outerHTML);
}
