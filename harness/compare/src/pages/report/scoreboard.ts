import type { Results, SubjectInfo } from "../../results.ts";
import {
  Footnotes,
  formatDifference,
  formatNumber,
  formatSeconds,
  formatShare,
  isMissing,
  type Missing,
  reasonFor,
} from "../statistics.ts";
import { addedPerCallOf, type CrashCounts, crashCountsOf, groupsOf, isBaseline, recoveryOf } from "../summary.ts";
import { type Html, html } from "./html.ts";

/** How a cell is to be read; its text and mark say the same as its colour. */
type Tone = "good" | "fair" | "poor" | "plain";

interface Cell {
  text: string;
  tone: Tone;
}

const columns = [
  { title: "Lost or wrong", hint: "of killed requests" },
  { title: "Resumed by", hint: "" },
  { title: "Completed calls repeated", hint: "" },
  { title: "Calls in flight repeated", hint: "" },
  { title: "Tokens paid twice", hint: "a killed request" },
  { title: "Until the answer", hint: "median" },
  { title: "Added to a model call", hint: "median" },
];

/** The table at the head of the report: one row a subject, as a card where the screen is narrow. */
export function scoreboard(results: Results): Html {
  const footnotes = new Footnotes();
  const bodies = groupsOf(results).map(
    ({ title, members }) =>
      html`<tbody role="rowgroup"><tr role="row" class="group"><th role="rowheader" scope="rowgroup" colspan="${columns.length + 1}">${title}</th></tr>${members.map((info) => row(results, info, footnotes))}</tbody>`,
  );
  const notes = footnotes.reasons.map((reason, index) => html`<li>[${index + 1}] ${reason}</li>`);
  const head = columns.map(
    ({ title, hint }) =>
      html`<th role="columnheader" scope="col">${title}${hint ? html` <small>${hint}</small>` : undefined}</th>`,
  );
  // A table that is laid out as cards is none for a screen reader, unless its roles are spelled out.
  return html`<table role="table" class="scoreboard"><caption>What became of killed requests, and what durability adds to undisturbed ones</caption><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Subject</th>${head}</tr></thead>${bodies}</table>${notes.length > 0 ? html`<ul class="notes">${notes}</ul>` : undefined}`;
}

function row(results: Results, info: SubjectInfo, footnotes: Footnotes): Html {
  const about = html`<span class="about">${info.sdk}${info.engine ? html`<br>${info.engine}` : undefined}</span>`;
  const name = html`<th role="rowheader" scope="row">${info.title} ${about}</th>`;
  if (info.disqualified !== undefined) {
    const text = footnotes.show(reasonFor(results, info.name, "crashes"), String);
    return html`<tr role="row" class="disqualified">${name}<td role="cell" colspan="${columns.length}">${text}</td></tr>`;
  }
  const cells = cellsOf(results, info, footnotes);
  return html`<tr role="row">${name}${cells.map(
    ({ text, tone }, index) => html`<td role="cell" class="${tone}" data-label="${columns[index]?.title}">${text}</td>`,
  )}</tr>`;
}

function cellsOf(results: Results, info: SubjectInfo, footnotes: Footnotes): Cell[] {
  const counts = crashCountsOf(results, info.name);
  const show = <Value>(value: Value | Missing, format: (value: Value) => Cell): Cell =>
    isMissing(value) ? { text: footnotes.show(value, String), tone: "plain" } : format(value);
  const base = isBaseline(results, info.name) && info.baseline === null;
  return [
    show(counts, ({ outcomes, killed }) => {
      const flawed = outcomes.lost + outcomes["another answer"];
      return { text: formatShare(flawed, killed), tone: flawed === 0 ? "good" : "poor" };
    }),
    show(counts, whoResumed),
    show(counts, ({ completed }) => ({
      text: formatShare(completed.repeated, completed.of),
      tone: completed.repeated === 0 ? "good" : "poor",
    })),
    show(counts, ({ inFlight }) => ({ text: formatShare(inFlight.repeated, inFlight.of), tone: "plain" })),
    show(counts, ({ tokens }) => ({ text: formatNumber(tokens.total), tone: "plain" })),
    show(recoveryOf(results, info.name).untilAnswer, ({ median }) => ({ text: formatSeconds(median), tone: "plain" })),
    base
      ? { text: "baseline", tone: "plain" }
      : show(addedPerCallOf(results, info), (added) => ({ text: `${formatDifference(added)} ms`, tone: "plain" })),
  ];
}

function whoResumed({ outcomes }: CrashCounts): Cell {
  const { itself, "the caller": caller } = outcomes;
  if (itself > 0 && caller > 0) return { text: `✓ itself ${itself}, ↻ the caller ${caller}`, tone: "fair" };
  if (itself > 0) return { text: "✓ itself", tone: "good" };
  return caller > 0 ? { text: "↻ the caller", tone: "fair" } : { text: "✗ nobody", tone: "poor" };
}
