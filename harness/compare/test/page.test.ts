import { describe, expect, test } from "vitest";
import { formatPage } from "../src/pages/page.ts";
import { formatMeaning } from "../src/pages/table.ts";
import { exampleResults } from "./example-results.ts";

const page = formatPage(exampleResults());

test("the page follows from the results alone", () => {
  expect(formatPage(exampleResults())).toBe(page);
  expect(formatPage(exampleResults(2))).not.toBe(page);
});

test("it begins with what the numbers say", () => {
  const beginning = page
    .slice(0, page.indexOf("\n## "))
    .replaceAll(/\*\*.*?\*\* /g, "")
    .replaceAll("\n\n", " ");
  expect(beginning).toContain(formatMeaning(exampleResults()));
});

test("every row of every table has as many cells as its head", () => {
  const cells = (line: string) => line.replaceAll("\\|", "").split("|").length;
  const tables = page
    .trimEnd()
    .split("\n\n")
    .filter((block) => block.startsWith("|"));
  expect(tables.length).toBeGreaterThan(12);
  for (const table of tables) expect(new Set(table.split("\n").map(cells)).size, table).toBe(1);
});

test("no value is empty, undefined or not a number", () => {
  expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/);
  const rows = page.split("\n").filter((line) => line.startsWith("| "));
  for (const row of rows.filter((line) => !/^\| +\|/.test(line))) expect(row).not.toMatch(/\| +\|/);
});

describe("it names", () => {
  const { subjects, environment } = exampleResults();
  test.each(subjects)("$name, with its versions and notes", ({ sdk, engine, notes }) => {
    for (const text of [sdk, engine ?? "nothing", ...notes]) expect(page).toContain(text);
  });

  test("the machine, and the command", () => {
    for (const text of [environment.cpu, environment.node, environment.postgres, environment.command]) {
      expect(page).toContain(text);
    }
  });
});

test("added milliseconds are the difference of the medians by the calls of the critical path", () => {
  const results = exampleResults();
  const inventLatency = (subject: string, milliseconds: number) => ({
    ...{ subject, pattern: "specialist team", modelLatency: 0, round: 1, milliseconds },
  });
  results.latencies = [inventLatency("vercel-ai", 60), inventLatency("vercel-ai-plain", 20)];
  // Five of the team's calls follow each other.
  expect(formatPage(results)).toContain("| Vercel AI SDK on Restate | 60.0 [60.0–60.0] ms (+8.0) |");
});

test("requests a second stand beside what the mock model could do", () => {
  const results = exampleResults();
  results.throughput = [{ subject: "dbos", pattern: "router", concurrency: 32, round: 1, requests: 725, seconds: 5 }];
  results.environment.mockModelCallsPerSecond = 2900;
  expect(formatPage(results)).toContain("| Vercel AI SDK on DBOS | 145 [145–145] | 290 (10 %) |");
  results.environment.mockModelCallsPerSecond = null;
  expect(formatPage(results)).toContain("| Vercel AI SDK on DBOS | 145 [145–145] | 290 |");
  expect(formatPage(results)).toContain("The mock model's own ceiling: not measured.");
});

test("fan-out is the wall time by the critical path", () => {
  const results = exampleResults();
  results.fanOut = [{ subject: "dbos", workers: 16, modelLatency: 500, round: 1, milliseconds: 1650 }];
  expect(formatPage(results)).toContain("| Vercel AI SDK on DBOS | 1.10 [1.10–1.10] |");
  expect(formatPage(results)).toContain("| Restate alone | not measured [1] |");
});

test("a subject that is disqualified has no number anywhere, and its reason", () => {
  const results = exampleResults();
  for (const info of results.subjects) if (info.name === "dbos") info.disqualified = "C2: it answers 404.";
  const rows = formatPage(results)
    .split("\n")
    .filter((line) => line.startsWith("| Vercel AI SDK on DBOS |"));
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows.filter((line) => !line.includes("Disqualified"))) {
    expect(row).toMatch(/^\| Vercel AI SDK on DBOS \|( not measured \[\d+\] \|)+$/);
  }
  expect(formatPage(results)).toContain("Disqualified: C2: it answers 404.");
});

test("repeats in flight are not called equal when they are not", () => {
  const sentence = "Repeats of calls in flight are equal";
  expect(page).toContain(sentence);
  const results = exampleResults();
  for (const { subject, repeated } of results.crashes) if (subject === "dbos") repeated.inFlight = 0;
  expect(formatPage(results)).not.toContain(sentence);
});

test("latencies are not called unimportant when they are not", () => {
  const sentence = "none of these milliseconds matters";
  expect(page).toContain(sentence);
  const results = exampleResults();
  for (const sample of results.latencies) if (sample.subject === "dbos") sample.milliseconds += 400;
  expect(formatPage(results)).not.toContain(sentence);
});

test("results with next to nothing in them make a page as well", () => {
  const results = exampleResults();
  const empty = { crashes: [], timelines: [], latencies: [], throughput: [], storage: [], memory: [], fanOut: [] };
  expect(formatPage({ ...results, ...empty })).toContain("No request was killed");
});

test("a quick run has no empty tables, and says once what all of them lack", () => {
  const results = exampleResults();
  results.crashes = results.crashes.filter(({ moment, disaster }) => moment === "exact" && disaster === "service");
  results.fanOut = [];
  const reason = "only a full run measures it";
  results.notMeasured = results.subjects.map(({ name: subject }) => ({ subject, measure: "fanOut", reason }));
  const quick = formatPage(results);
  expect(quick).not.toMatch(/## (Fan-out|Answers that had just arrived)/);
  expect(quick).toContain(`| all | fan-out | ${reason} |`);
});
