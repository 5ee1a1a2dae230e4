import * as Plot from "@observablehq/plot";
import { Html } from "./html.ts";

/** Charts are as wide as a phone's screen leaves room for, so that their text has the size that it was given. */
const CHART_WIDTH = 356;

/** A name that has room for so many letters. */
export const shorten = (name: string, length: number) =>
  name.length > length ? `${name.slice(0, length - 1).trimEnd()}…` : name;

/**
 * Draws a chart with its caption.
 *
 * @param label what it shows, for those who don't see it
 */
export function drawFigure(caption: Html, label: string, options: Omit<Plot.PlotOptions, "width" | "style">): Html {
  const drawn = Plot.plot({ width: CHART_WIDTH, ...options });
  // Plot brings a style sheet with every chart; the page's own has those lines once.
  for (const style of drawn.querySelectorAll("style")) style.remove();
  // Its parts have labels of their own, which say less than the chart's.
  for (const part of drawn.querySelectorAll("[aria-label], [aria-description]")) {
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-description");
  }
  for (const name of ["font-size", "font-family"]) drawn.removeAttribute(name);
  for (const [name, value] of [
    ["role", "img"],
    ["aria-label", label],
    ["class", "chart"],
  ] as const)
    drawn.setAttribute(name, value);
  return new Html(`<figure><figcaption>${caption}</figcaption>${drawn.outerHTML}</figure>`);
}
