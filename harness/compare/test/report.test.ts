import { Window } from "happy-dom";
import { describe, expect, test } from "vitest";
import { drawChart } from "../src/pages/report/chart.ts";
import { html } from "../src/pages/report/html.ts";
import { separate } from "../src/pages/report/lines.ts";
import { assignLanes, drawSwimLanes } from "../src/pages/report/swim-lanes.ts";
import { renderReport } from "../src/pages/report.ts";
import type { Timeline } from "../src/results.ts";
import { exampleResults } from "./example-results.ts";

const report = renderReport(exampleResults());

function parse(text: string) {
  const { document } = new Window();
  document.write(text);
  return document;
}

const document = parse(report);
const texts = (selector: string) =>
  [...document.querySelectorAll(selector)].map(({ textContent }) => textContent.trim());

test("the report follows from the results alone", () => {
  expect(renderReport(exampleResults())).toBe(report);
  expect(renderReport(exampleResults(2))).not.toBe(report);
});

test("it is one file that fetches nothing and runs nothing", () => {
  expect(document.querySelectorAll("script, iframe, object, embed, link[rel=stylesheet]").length).toBe(0);
  expect(report).not.toMatch(/(src|href)="(?!data:,)/);
  expect(report).not.toMatch(/@import|url\((?!#)/);
  expect(document.querySelector("meta[http-equiv=Content-Security-Policy]")?.getAttribute("content")).toContain(
    "default-src 'none'",
  );
});

test("it has a title and a language, and headings in order", () => {
  expect(document.title).toMatch(/\w/);
  expect(document.documentElement.getAttribute("lang")).toBe("en");
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map(({ tagName }) => Number(tagName.slice(1)));
  expect(levels[0]).toBe(1);
  for (const [index, level] of levels.slice(1).entries()) expect(level - (levels[index] ?? 0)).toBeLessThanOrEqual(1);
});

test("every chart is a figure with a caption, and says what it shows", () => {
  const charts = [...document.querySelectorAll("svg.chart")];
  expect(charts.length).toBeGreaterThan(25);
  for (const chart of charts) {
    expect(chart.getAttribute("role")).toBe("img");
    expect(chart.getAttribute("aria-label")).toMatch(/\w{3}/);
    expect(chart.closest("figure")?.querySelector("figcaption")?.textContent).toMatch(/\w{3}/);
  }
});

test("no value is undefined or not a number", () => {
  expect(report).not.toMatch(/undefined|NaN|Infinity|\[object/);
});

test("ids are unique, and what refers to one finds it", () => {
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of report.matchAll(/url\(#(.*?)\)/g)) expect(ids).toContain(id);
  for (const [, id] of report.matchAll(/aria-labelledby="(.*?)"/g)) expect(ids).toContain(id);
});

describe("the scoreboard", () => {
  const rowOf = (results = exampleResults(), title = "Vercel AI SDK") => {
    const rows = [...parse(renderReport(results)).querySelectorAll(".scoreboard tbody tr")];
    const row = rows.find((candidate) => candidate.querySelector("th")?.textContent.startsWith(`${title} `));
    return [...(row?.querySelectorAll("td") ?? [])].map((cell) => `${cell.textContent} ${cell.className}`.trim());
  };

  test("has a row a subject", () => {
    expect(texts(".scoreboard tbody th[scope=row]").length).toBe(exampleResults().subjects.length);
    expect(rowOf().slice(0, 4)).toEqual(["0 of 183 good", "✓ itself good", "0 of 309 good", "273 of 273 plain"]);
    expect(rowOf(exampleResults(), "LangGraph, plain").slice(0, 3)).toEqual([
      "0 of 162 good",
      "↻ the caller fair",
      "270 of 270 poor",
    ]);
  });

  test("shows what was lost and repeated", () => {
    const results = exampleResults();
    const flawed = results.crashes.find(({ subject }) => subject === "vercel-ai");
    if (flawed) Object.assign(flawed, { resumedBy: null, status: 0, repeated: { ...flawed.repeated, completed: 2 } });
    expect(rowOf(results).slice(0, 3)).toEqual(["1 of 183 poor", "✓ itself good", "2 of 309 poor"]);
  });

  test("has no numbers of a subject that is disqualified, nor has any chart", () => {
    const results = exampleResults();
    for (const info of results.subjects) if (info.name === "vercel-ai") info.disqualified = "C2: it answers 404.";
    expect(rowOf(results)).toEqual([expect.stringMatching(/^not measured \[\d\]$/)]);
    const parsed = parse(renderReport(results));
    for (const figure of parsed.querySelectorAll("figure"))
      expect(figure.textContent).not.toContain("Vercel AI SDK on Restate");
    expect(parsed.body.textContent).toContain("Disqualified: C2: it answers 404.");
  });
});

test("what is not measured leaves no empty chart, but its reason", () => {
  const results = exampleResults();
  const empty = { crashes: [], timelines: [], latencies: [], throughput: [], storage: [], memory: [], fanOut: [] };
  const notMeasured = results.subjects.map(({ name: subject }) => ({
    ...{ subject, measure: "crashes" as const, reason: "Nothing could be killed here." },
  }));
  const parsed = parse(renderReport({ ...results, ...empty, notMeasured }));
  expect(parsed.querySelectorAll("figure, .charts:empty").length).toBe(0);
  expect(parsed.querySelector(".notes")?.textContent).toContain("Nothing could be killed here.");
});

test("text of others is escaped", () => {
  const results = exampleResults();
  for (const info of results.subjects) info.title = `<img src=x onerror="alert(1)">${info.title}`;
  const parsed = parse(renderReport(results));
  expect(parsed.querySelectorAll("img").length).toBe(0);
  expect(parsed.body.textContent).toContain('<img src=x onerror="alert(1)">');
  expect(`${html`<p title="${'"'}">${["<", html`<b></b>`, undefined, 1]}</p>`}`).toBe(
    '<p title="&#34;">&#60;<b></b>1</p>',
  );
  expect(`${drawChart('"<x>', { height: 10, marks: [] })}`).toContain('aria-label="&quot;<x>"');
});

describe("swim lanes", () => {
  const call = (agent: string, started: number, ended: number, rest: Partial<Timeline["calls"][number]> = {}) => ({
    ...{ agent, started, ended, outcome: "answered" as const, repeats: null },
    ...rest,
  });
  const timeline: Timeline = {
    ...{
      subject: "dbos",
      pattern: "router",
      modelLatency: 500,
      killed: 300,
      back: 600,
      askedAgain: 900,
      answered: 1500,
    },
    calls: [
      call("planner", 0, 100),
      call("worker", 110, 200),
      call("worker", 111, 300, { outcome: "abandoned" }),
      call("planner", 910, 1000, { repeats: "completed" }),
      call("worker", 1010, 1200, { repeats: "in flight" }),
      call("worker", 1011, 1200, { repeats: "completed" }),
    ],
  };

  test("calls of one agent share a lane unless they overlap, each repeat with what it repeats", () => {
    const lanes = assignLanes(timeline.calls).map(({ agent, calls }) => [agent, calls.map(({ started }) => started)]);
    expect(lanes).toEqual([
      ["planner", [0, 910]],
      ["worker", [110, 1011]],
      ["worker", [111, 1010]],
    ]);
  });

  test("repeated work differs in its pattern, and the caller's line breaks with the connection", () => {
    const drawn = (of: Timeline) => String(drawSwimLanes(of, 1600, "a crash"));
    const fills = (text: string, fill: string) => text.split(`fill="${fill}"`).length - 1;
    expect(fills(drawn(timeline), "url(#completed)")).toBe(1);
    expect(drawn(timeline)).toContain("asks again");
    expect(drawn({ ...timeline, askedAgain: null })).not.toContain("asks again");
    const waits = (of: Timeline) =>
      drawn(of).match(/<line [^>]*x1="[\d.]+" x2="[\d.]+" y1="([\d.]+)" y2="\1"/g)?.length;
    expect(waits(timeline)).toBe(2);
    expect(waits({ ...timeline, askedAgain: null })).toBe(1);
  });
});

test("fan-out curves are named by what tells them apart, in the family of the SDK that they are compared with", () => {
  const results = exampleResults();
  for (const info of results.subjects) if (info.name === "restate-only") info.baseline = "vercel-ai-plain";
  const figures = [...parse(renderReport(results)).querySelectorAll("[aria-labelledby=fan-out] figure")];
  const named = figures.map((figure) => [
    figure.querySelector("strong")?.textContent,
    figure
      .querySelector("svg")
      ?.getAttribute("aria-label")
      ?.match(/(?<=path: |; )[^:;\d]+(?= \d\.\d\d with 4)/g)
      ?.sort(),
  ]);
  expect(named).toEqual([
    ["Vercel AI SDK", ["Restate alone", "on DBOS", "on Restate", "plain"]],
    ["LangGraph", ["PostgresSaver, async", "PostgresSaver, sync", "on Restate", "plain"]],
    ["OpenAI Agents SDK", ["on Restate", "plain"]],
  ]);
});

test("labels that would stand on each other are moved apart, within the chart", () => {
  const labels = [{ y: 10 }, { y: 95 }, { y: 96 }, { y: 97 }];
  expect(separate(labels, 10, 100).map(({ y }) => y)).toEqual([10, 80, 90, 100]);
});
