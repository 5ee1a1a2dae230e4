import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../results.ts";
import { environmentTable, notMeasuredTable, subjectsTable } from "./about-tables.ts";
import {
  costTables,
  fanOutTable,
  memoryTable,
  parallelToolsTable,
  storageTable,
  throughputTable,
} from "./cost-tables.ts";
import { crashMatrix, matrixLegend, recoveryTable, windowTable } from "./crash-tables.ts";
import type { DataTable } from "./data-table.ts";
import { capitalize } from "./markdown.ts";
import { aboutLatency, aboutRepeats, limitations, methodOf } from "./prose.ts";
import {
  addedCharts,
  crashTimelines,
  enginesOf,
  fanOutCharts,
  recoveryChart,
  tokensChart,
  wallTimeCharts,
  windowChart,
} from "./report/figures.ts";
import { Html, html } from "./report/html.ts";
import { scoreboard } from "./report/scoreboard.ts";
import { type CallKind, callKinds } from "./report/swim-lanes.ts";
import { formatNumber, sumOf } from "./statistics.ts";
import { modelLatenciesOf, withoutDisqualified } from "./summary.ts";
import { meaningOf } from "./table.ts";

/** Nothing may be fetched, and nothing runs: what the report shows is in the file. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report: one HTML file with everything in it, made from the results and nothing else. */
export function renderReport(measured: Results): string {
  const results = withoutDisqualified(measured);
  const title = "What happens to an agent that is killed";
  const style = readFileSync(join(import.meta.dirname, "report/style.css"), "utf8");
  const sections = [
    section("at-a-glance", "At a glance", ...glance(results)),
    ...timelineSection(results),
    ...killSection(results),
    ...costSection(results),
    ...fanOutSection(results),
    ...loadSection(results),
    section("method", "What was measured, and how", ...methodSection(results)),
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(contentSecurityPolicy.replaceAll('"', "&quot;"))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Durable Agents, Side by Side</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
${new Html(fillPatterns)}
<header>
<p class="kicker">Durable Agents, Side by Side</p>
<h1>${title}, <span>and what durability costs</span></h1>
<p class="dek">${introduction(results)}</p>
</header>
<main>
<section class="findings" aria-label="Findings">
${meaningOf(measured).map(({ title, sentences }) => html`<div><h2>${title}</h2>${sentences.map((sentence) => html`<p>${sentence}</p>`)}</div>`)}
</section>
${sections}
</main>
<footer><p>Made by <code>${results.environment.command}</code> from its raw samples, and from nothing else.</p></footer>
</body>
</html>
`;
  // Trailing blanks come from values that are empty.
  return page.toString().replaceAll(/[ \t]+$/gm, "");
}

function introduction(results: Results): Html {
  const { environment, crashes, subjects } = results;
  const killed = sumOf(crashes, () => 1);
  const quick = environment.mode === "quick" ? " This is a quick run: fewer samples of less than a full one." : "";
  return html`${formatNumber(subjects.length)} ways to run the same agents, ${formatNumber(killed)} requests struck by SIGKILL, one
    driver, a mock model that counts every call. Measured on ${environment.date.slice(0, 10)}.${quick}`;
}

const section = (id: string, title: string, ...content: (Html | undefined)[]) =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;

const paragraphs = (texts: string[]) => texts.map((text) => html`<p>${text}</p>`);

function glance(results: Results): Html[] {
  return [html`<p>All kills of the service.</p>`, scoreboard(results), ...paragraphs(aboutRepeats(results))];
}

function timelineSection(results: Results): Html[] {
  const timelines = crashTimelines(results);
  if (timelines.length === 0) return [];
  const kinds = (Object.keys(callKinds) as CallKind[]).map((kind) => {
    const { title, fill, stroke, dashed } = callKinds[kind];
    return html`<li>${swatch(fill, stroke, dashed)}${title}</li>`;
  });
  return [
    section(
      "timeline",
      "One crash, as it happens",
      html`<p>The same request to each, with a model that takes its time, killed in the middle and started again. Each bar is a model call. The
        caller's line ends where the connection breaks and nobody waits in its place.</p>`,
      html`<ul class="legend">${kinds}<li>${new Html(downSwatch)}process down</li><li><span aria-hidden="true">○</span> caller asks</li><li><span aria-hidden="true">●</span> caller has the answer</li></ul>`,
      ...timelines.map(({ pattern, figures }) =>
        timelines.length > 1
          ? html`<h3>${capitalize(pattern)}</h3><div class="charts">${figures}</div>`
          : html`<div class="charts">${figures}</div>`,
      ),
      details("The calls of each timeline", ...timelineTables(results)),
    ),
  ];
}

function timelineTables(results: Results): DataTable[] {
  return results.timelines.map(({ subject, pattern, killed, back, askedAgain, answered, calls }) => ({
    title: `${results.subjects.find(({ name }) => name === subject)?.title ?? subject}, ${pattern}`,
    head: ["call", "started (ms)", "ended (ms)", "outcome", "repeats"],
    rows: calls.map(({ agent, started, ended, outcome, repeats }) => [
      agent,
      formatNumber(started),
      formatNumber(ended),
      outcome,
      repeats ?? "",
    ]),
    notes: [
      `Killed at ${formatNumber(killed)} ms, back at ${formatNumber(back)} ms, ` +
        `${askedAgain === null ? "not asked again" : `asked again at ${formatNumber(askedAgain)} ms`}, ` +
        `${answered === null ? "not answered" : `answered at ${formatNumber(answered)} ms`}.`,
    ],
    numeric: true,
  }));
}

function killSection(results: Results): Html[] {
  const charts = [tokensChart(results), windowChart(results), recoveryChart(results)].filter(
    (chart) => chart !== undefined,
  );
  if (charts.length === 0) return [];
  const struckAtRandom = results.crashes.some(({ moment }) => moment === "random");
  const kinds = [
    { kind: "completed", title: "completed calls" },
    ...(struckAtRandom ? [{ kind: "just-answered", title: "calls whose answer had just arrived" }] : []),
    { kind: "in-flight", title: "calls in flight" },
  ].map(({ kind, title }) => html`<li>${swatch(`url(#${kind})`, `var(--${kind})`)}${title}</li>`);
  return [
    section(
      "every-kill",
      "What is paid twice, and how soon it goes on",
      html`<ul class="legend">${kinds}</ul>`,
      html`<div class="charts">${charts}</div>`,
      details("Times to recover, of every kind of kill", recoveryTable(results)),
      ...(struckAtRandom ? [details("Answers that had just arrived", windowTable(results))] : []),
      html`<details><summary>Every kill: pattern by crash point</summary><p>${matrixLegend}</p>${crashMatrix(results).map(dataTable)}</details>`,
    ),
  ];
}

function costSection(results: Results): Html[] {
  const [added, totals] = [addedCharts(results), wallTimeCharts(results)];
  if (!added && !totals) return [];
  const tools = parallelToolsTable(results);
  return [
    section(
      "cost",
      "What durability costs when nothing fails",
      engineLegend(results),
      added &&
        html`<h3>Added to each model call, with a model that takes ${added.latency} ms</h3><p>Against the plain program with the same
          SDK. The thin line is the middle half of the samples.</p><div class="charts">${added.figures}</div>`,
      totals &&
        html`<h3>The whole request, with a model that takes ${totals.latency} ms</h3><p>Light: the model's own
          time, of the calls that have to follow each other. Colour: everything else.</p>${paragraphs(aboutLatency(results))}<div class="charts">${totals.figures}</div>`,
      details(`Wall times, at ${modelLatenciesOf(results).join(" and ")} ms a model call`, ...costTables(results)),
      tools && details("Tools at the same time, against the plain SDK", tools),
    ),
  ];
}

function fanOutSection(results: Results): Html[] {
  const charts = fanOutCharts(results);
  if (charts.length === 0) return [];
  return [
    section(
      "fan-out",
      "Many workers at the same time",
      html`<p>Wall time of a research report, divided by its critical path of three model calls. 1× is perfect: all workers at once, and
        nothing lost between.</p>`,
      html`<div class="charts">${charts}</div>`,
      details("Fan-out in numbers", fanOutTable(results)),
    ),
  ];
}

function loadSection(results: Results): Html[] {
  const tables = [
    ...(results.throughput.length > 0 ? [throughputTable(results)] : []),
    ...(results.memory.length > 0 ? [memoryTable(results)] : []),
    ...(results.storage.length > 0 ? [storageTable(results)] : []),
  ];
  return tables.length > 0 ? [section("load", "Under load, and at rest", ...tables.map(dataTable))] : [];
}

function methodSection(results: Results): Html[] {
  const missing = notMeasuredTable(results);
  return [
    html`<dl class="method">${methodOf(results).map(({ title, text }) => html`<div><dt>${title}</dt><dd>${text}</dd></div>`)}</dl>`,
    html`<h3>What it does not show</h3><ul>${limitations.map((limitation) => html`<li>${limitation}</li>`)}</ul>`,
    ...(missing.rows.length > 0 ? [dataTable(missing)] : []),
    dataTable(subjectsTable(results)),
    dataTable(environmentTable(results)),
  ];
}

/** Tables that are there for those who want them. */
const details = (summary: string, ...tables: DataTable[]) =>
  html`<details><summary>${summary}</summary>${tables.map(dataTable)}</details>`;

/** A table; what is too wide for the screen is scrolled in its own frame. */
function dataTable({ title, head, rows, notes, numeric }: DataTable): Html {
  const label = capitalize(title);
  const columns = head.some((name) => name !== "")
    ? html`<thead><tr>${head.map((name) => (name === "" ? html`<td></td>` : html`<th scope="col">${name}</th>`))}</tr></thead>`
    : undefined;
  const body = rows.map(
    ([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  const foot =
    notes.length > 0 ? html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>` : undefined;
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="${numeric ? "numeric" : "words"}"><caption>${label}</caption>${columns}<tbody>${body}</tbody></table></div>${foot}`;
}

function engineLegend(results: Results): Html {
  const used = [...enginesOf(results)].filter(([name]) =>
    results.subjects.some(({ engine }) => (engine?.split(" ")[0] ?? null) === name),
  );
  const items = used.map(([, { title, color }]) => html`<li>${swatch(color, color)}${title}</li>`);
  return html`<p class="legend-title">What stores the progress:</p><ul class="legend">${items}</ul>`;
}

const swatch = (fill: string, stroke: string, dashed = false) =>
  html`<svg class="swatch" aria-hidden="true" width="22" height="14"><rect x="1" y="1" width="20" height="12" rx="2" fill="${fill}" stroke="${stroke}" stroke-width="1.5"${dashed ? html` stroke-dasharray="3 2"` : undefined}></rect></svg>`;

const downSwatch =
  '<svg class="swatch" aria-hidden="true" width="22" height="14"><rect width="20" height="14" x="1" fill="var(--down)"></rect><path d="M1 0V14" stroke="var(--kill)" stroke-width="2"></path></svg>';

/** Repeated work differs by pattern as well as by colour; all charts take these from here. */
const fillPatterns = `<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>
<pattern id="in-flight" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--in-flight-light)"></rect><rect width="2.5" height="6" fill="var(--in-flight)"></rect></pattern>
<pattern id="completed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--completed)"></rect><path d="M0 3H6M3 0V6" stroke="var(--paper)" stroke-width="0.8"></path></pattern>
<pattern id="just-answered" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="var(--just-answered-light)"></rect><circle cx="2.5" cy="2.5" r="1.3" fill="var(--just-answered)"></circle></pattern>
</defs></svg>`;
