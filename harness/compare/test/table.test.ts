import { describe, expect, test } from "vitest";
import { formatCrashMatrix, formatMeaning, formatTable } from "../src/pages/table.ts";
import type { CrashSample, Results } from "../src/results.ts";
import { exampleResults } from "./example-results.ts";

/** The line of a subject in the terminal's table, and the lines that follow it. */
const rowOf = (table: string, title: string) => table.slice(table.indexOf(`\n${title} `) + 1);

/** Example results in which the first kill of a subject's service went otherwise. */
function withFlaw(flaw: Partial<CrashSample>, subject = "vercel-ai"): Results {
  const results = exampleResults();
  const index = results.crashes.findIndex((sample) => sample.subject === subject && sample.disaster === "service");
  results.crashes[index] = { ...(results.crashes[index] as CrashSample), ...flaw };
  return results;
}

describe("the terminal's table", () => {
  test("fits 80 columns, also with long titles, large numbers and many footnotes", () => {
    const results = exampleResults();
    for (const info of results.subjects) info.title += ", with a title that is longer than anybody needs";
    results.crashes = Array.from({ length: 20 }, () => results.crashes).flat();
    results.latencies = [];
    results.notMeasured.push({
      ...{ subject: "dbos", measure: "latencies" },
      reason:
        "The database did not come up within a minute, which is the most that this run waits for anything at all.",
    });
    for (const line of formatTable(results).split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    for (const line of formatTable(exampleResults()).split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test("has no time of who goes on only when somebody asks", () => {
    const table = formatTable(exampleResults());
    expect(rowOf(table, "LangGraph, plain")).toMatch(/\[2\] +base\n/);
    expect(table).toContain("[2]  not measured: Nothing goes on until the caller asks again");
  });

  test("counts tokens of those that were killed together, as of every subject", () => {
    const results = exampleResults();
    for (const { alone, tokensRepeated } of results.crashes) if (alone) tokensRepeated.inFlight = 1_000_000;
    expect(formatTable(results)).toBe(formatTable(exampleResults()));
  });

  test("has a row a subject, in its group", () => {
    const table = formatTable(exampleResults());
    const restate = table.indexOf("\nOn Restate");
    const controls = table.indexOf("\nThe same work without Restate");
    for (const { title, kind } of exampleResults().subjects) {
      const position = table.indexOf(`\n${title.split(" ")[0]}`, kind === "control" ? controls : restate);
      expect(position).toBeGreaterThan(kind === "control" ? controls : restate);
      if (kind === "implementation") expect(position).toBeLessThan(controls);
    }
  });

  test("says who resumed, what was repeated and what it costs", () => {
    const table = formatTable(exampleResults());
    expect(rowOf(table, "Vercel AI SDK")).toMatch(
      /^Vercel AI SDK +0\/183 +itself +0\/309 +273\/273 +\d+ +0\.\d\d s +\+\d\.\d\n/,
    );
    expect(rowOf(table, "LangGraph, plain")).toMatch(/^LangGraph, plain +0\/162 +caller +270\/270 +252\/252 .* base\n/);
  });

  test("shows a lost request, and one without a 200", () => {
    expect(rowOf(formatTable(withFlaw({ resumedBy: null, status: 0 })), "Vercel AI SDK")).toMatch(
      /^Vercel AI SDK +1\/183 /,
    );
    expect(rowOf(formatTable(withFlaw({ status: 500 })), "Vercel AI SDK")).toMatch(/^Vercel AI SDK +1\/183 /);
  });

  test("shows another answer", () => {
    expect(rowOf(formatTable(withFlaw({ sameAnswer: false })), "Vercel AI SDK")).toMatch(/^Vercel AI SDK +1\/183 /);
  });

  test("shows that the caller had to ask, if only once", () => {
    const row = rowOf(formatTable(withFlaw({ resumedBy: "the caller" })), "Vercel AI SDK");
    expect(row).toMatch(/^Vercel AI SDK +0\/183 +itself[^\n]*\n +182\n +caller\n +1\n/);
  });

  test("shows a completed call that was repeated", () => {
    const row = rowOf(
      formatTable(withFlaw({ repeated: { completed: 2, justAnswered: 0, inFlight: 1 } })),
      "Vercel AI SDK",
    );
    expect(row).toMatch(/^Vercel AI SDK +0\/183 +itself +2\/309 /);
  });

  test("counts kills of the service only", () => {
    const results = exampleResults();
    for (const sample of results.crashes) if (sample.disaster !== "service") sample.status = 500;
    expect(formatTable(results)).toBe(formatTable(exampleResults()));
  });

  test("has no numbers of a subject that is disqualified, but the reason", () => {
    const results = exampleResults();
    for (const info of results.subjects) if (info.name === "vercel-ai") info.disqualified = "C2: it answers 404.";
    const table = formatTable(results);
    expect(rowOf(table, "Vercel AI SDK")).toMatch(/^Vercel AI SDK +not measured \[\d\]\n/);
    expect(table).toContain("not measured: Disqualified: C2: it answers 404.");
  });

  test("says why something is not measured, and never writes a zero for it", () => {
    const results = exampleResults();
    results.crashes = results.crashes.filter(({ subject }) => subject !== "dbos");
    results.notMeasured.push({ subject: "dbos", measure: "crashes", reason: "The database did not come up." });
    const table = formatTable(results);
    expect(rowOf(table, "Vercel AI SDK on")).toMatch(/^Vercel AI SDK on +(\[3\] +){6}\+\d\.\d\n/);
    expect(table).toContain("[3]  not measured: The database did not come up.");
  });

  test("has no costs where a baseline is disqualified", () => {
    const results = exampleResults();
    for (const info of results.subjects) if (info.name === "langgraph-plain") info.disqualified = "it is wrong";
    expect(rowOf(formatTable(results), "LangGraph")).toMatch(/^LangGraph +0\/183 .* \[\d\]\n/);
    expect(formatTable(results)).toContain("Of its baseline, langgraph-plain: Disqualified: it is wrong");
  });
});

describe("the meaning", () => {
  test("says who resumes, what is repeated and what it costs", () => {
    const meaning = formatMeaning(exampleResults());
    expect(meaning).toContain(
      "All 915 killed requests to everything on Restate and Vercel AI SDK on DBOS went on by themselves",
    );
    expect(meaning).toContain("stood still until the caller asked again");
    expect(meaning).toContain("made and paid again by the SDKs alone: all 810.");
    expect(meaning).toContain("repeated none of 2,085 completed model calls");
    expect(meaning).toMatch(/Restate adds \d\.\d ms to \d\.\d ms to a model call/);
  });

  test("says what is unfavourable to Restate", () => {
    const meaning = formatMeaning(exampleResults());
    expect(meaning).toMatch(
      /Less than Restate with the same SDK: LangGraph, PostgresSaver, async 3\.\d ms, on Restate 8\.\d ms/,
    );
    expect(meaning).toMatch(/but \d+ of \d+ whose answers had arrived in the moment of the kill/);
  });

  test("names who fell short", () => {
    expect(formatMeaning(withFlaw({ status: 0, resumedBy: null }))).toContain(
      "Vercel AI SDK on Restate lost 1 of 183 killed requests and went on by itself in 182 of 183.",
    );
    expect(formatMeaning(withFlaw({ sameAnswer: false }))).toContain(
      "Vercel AI SDK on Restate gave another answer to 1 of 183 and went on by itself in 182 of 183.",
    );
    expect(formatMeaning(withFlaw({ repeated: { completed: 2, justAnswered: 0, inFlight: 1 } }))).toContain(
      "again by the SDKs alone: all 810. Vercel AI SDK on Restate repeated 2 of 309 completed model calls. The others",
    );
  });

  test("claims nothing when nothing was killed", () => {
    const results = exampleResults();
    results.crashes = [];
    results.latencies = [];
    expect(formatMeaning(results)).toBe("No request was killed, so nothing can be said about durability.");
  });
});

describe("the crash matrix", () => {
  const exact = (results: Results) => formatCrashMatrix(results).split("\n\n")[1] ?? "";

  test("has a mark a kill, in the order of the crash points", () => {
    expect(exact(exampleResults())).toContain("| Vercel AI SDK on Restate | ✓ ✓ ✓ ✓ ✓ | ✓ ✓ ✓ ✓ | ✓ ✓ |");
    expect(exact(exampleResults())).toContain("| LangGraph, plain | ↻ ↻1 ↻2 ↻3 ↻4 | ↻ ↻1 ↻2 ↻3 | ↻ ↻1 |");
  });

  test("shows what was lost, another answer, and completed calls that were repeated", () => {
    expect(exact(withFlaw({ status: 0, resumedBy: null }))).toContain("| Vercel AI SDK on Restate | ✗ ✓ ✓ ✓ ✓ |");
    expect(exact(withFlaw({ sameAnswer: false }))).toContain("| Vercel AI SDK on Restate | ≠ ✓ ✓ ✓ ✓ |");
    expect(exact(withFlaw({ repeated: { completed: 2, justAnswered: 0, inFlight: 0 } }))).toContain(
      "| Vercel AI SDK on Restate | ✓2 ✓ ✓ ✓ ✓ |",
    );
  });

  test("shows the worst of several kills at one crash point", () => {
    const results = exampleResults();
    const timed = results.crashes.find(({ subject, alone }) => subject === "vercel-ai" && alone);
    if (timed) timed.sameAnswer = false;
    expect(exact(results)).toContain("| Vercel AI SDK on Restate | ✓ ✓ ≠ ✓ ✓ |");
  });

  test("says whose service ended with its store", () => {
    expect(formatCrashMatrix(exampleResults())).toMatch(
      /The service ended as well, because its store did, and was started again: Vercel AI SDK on DBOS \(27 requests\)\./,
    );
  });

  test("has a table for each of what is killed, and for exact and random moments", () => {
    expect(formatCrashMatrix(exampleResults()).match(/^\*\*.*\*\*$/gm)).toEqual([
      "**The service is killed, at exact moments**",
      "**The service is killed, at random moments**",
      "**What stores its progress is killed, at exact moments**",
      "**What stores its progress is killed, at random moments**",
      "**Both are killed, at exact moments**",
      "**Both are killed, at random moments**",
    ]);
  });

  test("says who is not in it, and why", () => {
    expect(formatCrashMatrix(exampleResults())).toContain(
      "Not measured: LangGraph, plain; OpenAI Agents SDK, plain; Vercel AI SDK, plain. It has nothing that stores anything.",
    );
  });
});
