import type { Results, SystemInfo } from "../../results.ts";
import { type CrashCounts, type Figures, figuresOf, flawed, groupsOf, headlinesOf, isSdkAlone } from "../summary.ts";
import { type Html, html } from "./html.ts";

/** How a cell is to be read; its text says the same as its colour. */
type Tone = "good" | "fair" | "poor" | "plain";

const goodIfNone = (count: number): Tone => (count === 0 ? "good" : "poor");

const recoveryTone = ({ outcomes }: CrashCounts): Tone => (outcomes.client > 0 ? "fair" : goodIfNone(outcomes.lost));

interface Column {
  title: string;
  hint?: string;
  figure: Exclude<keyof Figures, "counts">;
  tone?(counts: CrashCounts): Tone;
}

const columns: Column[] = [
  {
    title: "Lost or wrong",
    hint: "of killed requests",
    figure: "lost",
    tone: (counts) => goodIfNone(flawed(counts)),
  },
  { title: "Recovers", figure: "recovers", tone: recoveryTone },
  { title: "Completed calls repeated", figure: "repeated", tone: ({ completed }) => goodIfNone(completed.repeated) },
  { title: "Calls in flight repeated", figure: "inFlightRepeated" },
  { title: "Tokens billed twice", hint: "a killed request", figure: "tokensTwice" },
  { title: "Recovery time", hint: "median", figure: "recoveryTime" },
  { title: "Added per model call", hint: "median", figure: "addedPerCall" },
];

/** What stands before the way in which requests recover, by the cell's tone. */
const signs: Record<Tone, string> = { good: "✓ ", fair: "↻ ", poor: "✗ ", plain: "" };

/** The table of all systems, one row each, as a card where there is little room. */
export function scoreboard(results: Results): Html {
  const bodies = groupsOf(results).map(({ title, members }) => {
    const rows = members.map((info) => row(results, info));
    return html`<tbody role="rowgroup"><tr role="row" class="group"><th role="rowheader" scope="rowgroup" colspan="${columns.length + 1}">${title}</th></tr>${rows}</tbody>`;
  });
  const head = columns.map(
    ({ title, hint }) =>
      html`<th role="columnheader" scope="col">${title}${hint ? html` <small>${hint}</small>` : undefined}</th>`,
  );
  // A table that is laid out as cards is none for a screen reader, unless its roles are spelled out.
  return html`<table role="table" class="scoreboard"><caption>How killed requests ended, and what durability adds to those that were not killed</caption><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">System</th>${head}</tr></thead>${bodies}</table>`;
}

function row(results: Results, info: SystemInfo): Html {
  const about = html`<span class="about">${info.sdk}${info.engine ? html`<br>${info.engine}` : undefined}</span>`;
  const name = html`<th role="rowheader" scope="row">${info.title} ${about}</th>`;
  if (info.disqualified !== undefined) {
    return html`<tr role="row" class="disqualified">${name}<td role="cell" colspan="${columns.length}">Disqualified: ${info.disqualified}</td></tr>`;
  }
  const { counts, ...figures } = figuresOf(results, [info]);
  if (isSdkAlone(results, info)) figures.addedPerCall = "baseline";
  const cells = columns.map(({ title, figure, tone }) => {
    const kind = tone && counts ? tone(counts) : "plain";
    const sign = figure === "recovers" ? signs[kind] : "";
    return html`<td role="cell" class="${kind}" data-label="${title}">${sign}${figures[figure]}</td>`;
  });
  return html`<tr role="row">${name}${cells}</tr>`;
}

/** The main numbers, a card for each engine. */
export function headlineCards(results: Results): Html {
  const facts = columns.filter(({ figure }) => figure !== "recovers" && figure !== "inFlightRepeated");
  const cards = headlinesOf(results).map(({ title, systems, counts, ...figures }) => {
    const list = facts.map(({ title, figure }) => html`<div><dt>${title}</dt><dd>${figures[figure]}</dd></div>`);
    const several = systems > 1 ? html` <small>${systems} systems</small>` : undefined;
    const tone = counts && recoveryTone(counts);
    return html`<div><h2>${title}${several}</h2><p class="${tone}">Recovers ${figures.recovers}</p><dl>${list}</dl></div>`;
  });
  return html`<section class="headlines" aria-label="Main numbers">${cards}</section>`;
}
