import type { Results, SystemInfo } from "../../results.ts";
import { formatDifference, formatNumber, formatSeconds, formatShare, orDash } from "../statistics.ts";
import {
  addedPerCallOf,
  type CrashCounts,
  crashCountsOf,
  describeRecovery,
  groupsOf,
  headlinesOf,
  isSdkAlone,
  recoveryTimeOf,
} from "../summary.ts";
import { type Html, html } from "./html.ts";

/** How a cell is to be read; its text says the same as its colour. */
type Tone = "good" | "fair" | "poor" | "plain";

interface Column {
  title: string;
  hint: string;
  text(results: Results, info: SystemInfo): string;
  tone?(counts: CrashCounts): Tone;
}

const ofCounts =
  (format: (counts: CrashCounts) => string) =>
  (results: Results, { name }: SystemInfo) =>
    orDash(crashCountsOf(results, name), format);
const flawed = ({ outcomes }: CrashCounts) => outcomes.lost + outcomes["another answer"];
const goodIfNone = (count: number): Tone => (count === 0 ? "good" : "poor");

const recoveryTone = ({ outcomes }: CrashCounts): Tone => (outcomes.client > 0 ? "fair" : goodIfNone(outcomes.lost));

const columns: Column[] = [
  {
    title: "Lost or wrong",
    hint: "of killed requests",
    text: ofCounts((counts) => formatShare(flawed(counts), counts.killed)),
    tone: (counts) => goodIfNone(flawed(counts)),
  },
  {
    title: "Recovers",
    hint: "",
    text: ofCounts(({ outcomes }) => `${recoverySign(outcomes)} ${describeRecovery(outcomes)}`),
    tone: recoveryTone,
  },
  {
    title: "Completed calls repeated",
    hint: "",
    text: ofCounts(({ completed }) => formatShare(completed.repeated, completed.of)),
    tone: ({ completed }) => goodIfNone(completed.repeated),
  },
  {
    title: "Calls in flight repeated",
    hint: "",
    text: ofCounts(({ inFlight }) => formatShare(inFlight.repeated, inFlight.of)),
  },
  {
    title: "Tokens billed twice",
    hint: "a killed request",
    text: ofCounts(({ tokens }) => formatNumber(tokens.total)),
  },
  {
    title: "Recovery time",
    hint: "median",
    text: (results, { name }) => orDash(recoveryTimeOf(results, name), ({ median }) => formatSeconds(median)),
  },
  {
    title: "Added per model call",
    hint: "median",
    text: (results, info) =>
      info.sdkAlone === null && isSdkAlone(results, info)
        ? "baseline"
        : orDash(addedPerCallOf(results, info), (added) => `${formatDifference(added)} ms`),
  },
];

const recoverySign = ({ itself, client }: CrashCounts["outcomes"]) => (client > 0 ? "↻" : itself > 0 ? "✓" : "✗");

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
  const counts = crashCountsOf(results, info.name);
  const cells = columns.map(({ title, text, tone }) => {
    const kind = tone && counts ? tone(counts) : "plain";
    return html`<td role="cell" class="${kind}" data-label="${title}">${text(results, info)}</td>`;
  });
  return html`<tr role="row">${name}${cells}</tr>`;
}

/** The main numbers, a card for each engine. */
export function headlineCards(results: Results): Html {
  const cards = headlinesOf(results).map(
    ({ title, systems, counts, recovers, recoveryTime, addedPerCall, ...headline }) => {
      const facts = [
        ["Lost or wrong", headline.lost],
        ["Completed calls repeated", headline.repeated],
        ["Tokens billed twice", headline.tokensTwice],
        ["Recovery time", recoveryTime],
        ["Added per model call", addedPerCall],
      ].map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
      const several = systems > 1 ? html` <small>${systems} systems</small>` : undefined;
      return html`<div><h2>${title}${several}</h2><p class="${recoveryTone(counts)}">Recovers ${recovers}</p><dl>${facts}</dl></div>`;
    },
  );
  return html`<section class="headlines" aria-label="Main numbers">${cards}</section>`;
}
