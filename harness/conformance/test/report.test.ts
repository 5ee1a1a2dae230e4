import { describe, expect, test } from "vitest";
import { clauseOf } from "../src/check.ts";
import { allChecks, clauseTitles, formatResults, isConformant } from "../src/index.ts";

const result = (id: string, outcome: "passed" | "failed" | "known" | "fixed" | "not judged", message?: string) => ({
  id,
  title: "it holds",
  outcome,
  duration: 500,
  ...(message && { message }),
});

test("every clause has checks, and every check a clause and an id of its own", () => {
  expect(new Set(allChecks.map(({ id }) => clauseOf(id)))).toEqual(new Set(Object.keys(clauseTitles)));
  expect(new Set(allChecks.map(({ id }) => id)).size).toBe(allChecks.length);
});

describe("a clause is one line", () => {
  test("when all of it holds", () => {
    expect(formatResults([result("D2-a", "passed"), result("D2-b", "passed")])).toBe(
      "D2  pass  a routing decision survives the crash (2/2, 1.0 s)",
    );
  });

  test("and under it what fell short", () => {
    const text = formatResults([result("D2-a", "passed"), result("D2-b", "failed", "asked twice")]);
    expect(text).toMatch(/^D2 {2}FAIL .*\n {6}D2-b failed: asked twice$/);
  });

  test("and under it what is known to fail, or was not judged", () => {
    expect(formatResults([result("D2-a", "known", "a reason")])).toMatch(/known .*\n.*D2-a known: a reason/);
    const notJudged = [result("D2-a", "not judged", "no process"), result("D2-b", "not judged", "no process")];
    expect(formatResults(notJudged)).toMatch(/n\/a .*\n {6}2 not judged: no process$/);
  });
});

test.each([
  ["all passed", [result("C1-a", "passed")], true],
  ["a known failure", [result("C1-a", "passed"), result("C2-a", "known", "why")], true],
  ["something not judged", [result("C1-a", "passed"), result("D1-a", "not judged", "why")], true],
  ["a failure", [result("C1-a", "passed"), result("C2-a", "failed", "why")], false],
  ["a known failure that passes", [result("C1-a", "passed"), result("C2-a", "fixed", "why")], false],
  ["nothing judged", [result("C1-a", "not judged", "why")], false],
  ["nothing", [], false],
])("%s: conformant or not", (_, results, conformant) => expect(isConformant(results)).toBe(conformant));
