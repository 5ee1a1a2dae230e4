import type { Results } from "../../results.ts";
import { formatNumber } from "../statistics.ts";
import { engineGroups, modelLatenciesOf, presentable } from "../summary.ts";
import { addedCharts, colorOf, crashCharts, crashTimelines, fanOutCharts } from "./figures.ts";
import { type Content, Html, html } from "./html.ts";
import { headlineCards, scoreboard } from "./scoreboard.ts";
import { callKinds } from "./swim-lanes.ts";
import { aboutTables, costTables, crashTables, loadTables } from "./tables.ts";

/** What the page begins with where it stands alone. */
export function drawHeader(measured: Results): Html {
  const results = presentable(measured);
  const { systems, crashes, environment } = results;
  const quick = environment.mode === "quick" ? " This is a quick run: fewer samples of less than a full one." : "";
  const { disturbed } = environment;
  return html`<header><p class="kicker">Durable Agents, Side by Side</p><h1>What happens to an agent that is killed,
    <span>and what durability costs</span></h1><p class="dek">${formatNumber(systems.length)} ways to run the same agents,
    ${formatNumber(crashes.length)} requests whose process was killed, one driver, a mock model that counts every call. Measured on
    ${environment.date.slice(0, 10)}.${quick}</p></header>
    ${disturbed === null ? undefined : html`<p class="banner fair"><strong>No times are shown.</strong> ${disturbed} Counts don't depend on that.</p>`}
    ${headlineCards(results)}`;
}

/** The results, from the raw samples and nothing else. They are to be drawn where style.css applies. */
export function drawResults(measured: Results): Html {
  const results = presentable(measured);
  return html`${new Html(fillPatterns)}
    ${section("at-a-glance", "At a glance", scoreboard(results), inFlightNote)}
    ${timelineSection(results)}
    ${crashSection(results)}
    ${costSection(results)}
    ${fanOutSection(results)}
    ${section("load", "Under load, and at rest", ...loadTables(results))}
    ${section("method", "What was measured, and how", definitions, details("Systems, what was not measured, and the machine", aboutTables(results)))}
    <footer><p>Drawn from the raw samples of <code>${results.environment.command}</code>, and from nothing else.</p></footer>`;
}

/** A section; none if there is nothing to show in it. */
const section = (id: string, heading: string, ...content: Content[]): Html | undefined =>
  content.length === 0
    ? undefined
    : html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>`;

const charts = (figures: Html[]) => html`<div class="charts">${figures}</div>`;

/** For readers who want more. */
const details = (summary: string, ...content: Content[]) =>
  html`<details><summary>${summary}</summary>${content}</details>`;

const legend = (items: Html[]) => html`<ul class="legend">${items.map((item) => html`<li>${item}</li>`)}</ul>`;

const inFlightNote = html`<p>All kills of the service. A call in flight is repeated by every system: none can know whether the model
  answered it. Systems differ in what makes them go on, how soon, and whether completed calls are repeated. What recovers only after its client retried has no recovery time of its own.</p>`;

function timelineSection(results: Results): Html | undefined {
  if (results.timelines.length === 0) return undefined;
  return section(
    "timeline",
    "One crash, as it happens",
    html`<p>The same request to each, with a model that takes its time, killed in the middle and started again. Each bar is a model call.
      The client's line ends where its connection breaks.</p>`,
    legend([
      ...[...callKinds, ["down", "process down"]].map(
        ([kind, title]) => html`${swatch(html`class="${kind}"`)}${title}`,
      ),
      html`<span aria-hidden="true">○</span> client asks`,
      html`<span aria-hidden="true">●</span> client has the answer`,
    ]),
    charts(crashTimelines(results)),
  );
}

function crashSection(results: Results): Html | undefined {
  if (results.crashes.length === 0) return undefined;
  const kinds = {
    completed: "completed calls",
    "not-yet-persisted": "answered, not yet persisted",
    "in-flight": "calls in flight",
  };
  return section(
    "every-kill",
    "What is billed twice, and how soon it recovers",
    legend(Object.entries(kinds).map(([kind, name]) => html`${swatch(html`class="${kind}"`)}${name}`)),
    charts(crashCharts(results)),
    details(
      "Every kill: pattern by crash point",
      html`<p>At exact moments, one mark a crash point, from before the first model call's answer to the final call; of several kills
        there, the worst. At random moments, how many kills ended how. ✓ recovered by itself; ↻ after the client retried; ≠ another
        answer; ✗ lost. A number after a mark: completed model calls that were repeated.</p>`,
      crashTables(results),
    ),
  );
}

function costSection(results: Results): Html | undefined {
  const latencies = modelLatenciesOf(results);
  const [shortest] = latencies;
  if (shortest === undefined) return undefined;
  const engines = engineGroups(results).flatMap(({ title, members }) =>
    members.slice(0, 1).map((info) => html`${swatch(html`fill="${colorOf(results, info)}"`)}${title}`),
  );
  return section(
    "cost",
    "What durability costs when nothing fails",
    legend(engines),
    html`<p>Added to each model call against the same SDK alone, with a model that takes ${shortest} ms. The thin line is the middle half of
      the samples.</p>`,
    charts(addedCharts(results, shortest)),
    details(`Whole requests, with a model that takes ${latencies.join(" and ")} ms`, costTables(results)),
  );
}

function fanOutSection(results: Results): Html | undefined {
  if (results.fanOut.length === 0) return undefined;
  return section(
    "fan-out",
    "Many workers at the same time",
    html`<p>Wall time of a research report, divided by its critical path of three model calls. 1× is perfect: all workers at once, and
      nothing lost between; everything beyond is coloured.</p>`,
    charts(fanOutCharts(results)),
  );
}

const definitions = html`<dl class="method">
  <div><dt>Crashes</dt><dd>SIGKILL, and a new start. At exact moments it is known which answers were stored and which calls were in flight.
    At random moments the kill comes while answers arrive and are being stored. Only when nothing recovers by itself does the client retry,
    with the same idempotency key.</dd></div>
  <div><dt>Calls</dt><dd>Completed: its answer was there, and everything that could be stored was. Not yet persisted: its answer had just
    arrived. In flight: it waited for its answer.</dd></div>
  <div><dt>Recovery time</dt><dd>From the restart to the answer, with a model that answers at once, of requests that were killed alone. What
    waits for its client has none: until the client retries can be forever.</dd></div>
  <div><dt>Added per model call</dt><dd>The difference of the medians to the same SDK alone, divided by the calls of the critical path. In
    each round every system has its turn.</dd></div>
  <div><dt>Numbers</dt><dd>Medians, with the quartiles in brackets. What was not measured is a dash, never a zero; the reasons are
    listed below.</dd></div>
  <div><dt>Not a capacity</dt><dd>One machine: service, server and mock model share its cores, with no network and no replication. Compare the
    systems, not the milliseconds with yours.</dd></div>
</dl>`;

const swatch = (attributes: Html) =>
  html`<svg class="swatch" aria-hidden="true" width="22" height="14"><rect x="1" y="1" width="20" height="12" rx="2" ${attributes}/></svg>`;

/** Repeated work differs by pattern as well as by colour; all charts take these from here. */
const fillPatterns = `<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>
<pattern id="in-flight" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--in-flight-light)"></rect><rect width="2.5" height="6" fill="var(--in-flight)"></rect></pattern>
<pattern id="completed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--completed)"></rect><path d="M0 3H6M3 0V6" stroke="var(--paper)" stroke-width="0.8"></path></pattern>
<pattern id="not-yet-persisted" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="var(--not-yet-persisted-light)"></rect><circle cx="2.5" cy="2.5" r="1.3" fill="var(--not-yet-persisted)"></circle></pattern>
</defs></svg>`;
