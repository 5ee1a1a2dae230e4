import { describe, expect, test } from "vitest";
import {
  Footnotes,
  formatDifference,
  formatList,
  formatNumber,
  formatSeconds,
  formatShare,
  formatSpread,
  medianOf,
  reasonFor,
  spreadOf,
} from "../src/pages/statistics.ts";
import type { NotMeasured } from "../src/results.ts";
import { exampleResults } from "./example-results.ts";

test("the spread of samples is their median and quartiles", () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, lower: 2, upper: 4, samples: 5 });
  expect(spreadOf([7])).toEqual({ median: 7, lower: 7, upper: 7, samples: 1 });
  expect(medianOf([1, 2, 3, 10])).toBe(2.5);
});

test("of no samples there is no spread, and no zero either", () => {
  expect(spreadOf([])).toBeUndefined();
  expect(medianOf([])).toBeUndefined();
});

test("a spread has one digit below a hundred, and none from there", () => {
  expect(formatSpread({ median: 12.34, lower: 11.9, upper: 13, samples: 5 })).toBe("12.3 [11.9–13.0]");
  expect(formatSpread({ median: 1234.5, lower: 999.4, upper: 2000, samples: 5 })).toBe("1,235 [999–2,000]");
  expect(formatSpread({ median: 1.004, lower: 1, upper: 1.01, samples: 5 }, 2)).toBe("1.00 [1.00–1.01]");
});

test("numbers are written for readers", () => {
  expect(formatNumber(1234567)).toBe("1,234,567");
  expect(formatNumber(-0.01)).toBe("0");
  expect(formatDifference(4.25)).toBe("+4.3");
  expect(formatDifference(-4.2)).toBe("−4.2");
  expect(formatSeconds(250)).toBe("0.25 s");
  expect(formatShare(3, 1200)).toBe("3 of 1,200");
  expect(formatList(["A", "B", "C"])).toBe("A, B and C");
});

describe("a missing value", () => {
  const entry = (rest: Partial<NotMeasured>): NotMeasured => ({
    ...{ subject: "dbos", measure: "crashes", reason: "all of it" },
    ...rest,
  });

  test("has the reason of its part before that of the whole measure", () => {
    const results = exampleResults();
    results.notMeasured = [entry({}), entry({ part: "store", reason: "of the store" })];
    expect(reasonFor(results, "dbos", "crashes", ["store"])).toEqual({ missing: "of the store" });
    expect(reasonFor(results, "dbos", "crashes", ["both"])).toEqual({ missing: "all of it" });
  });

  test("says so if no reason was recorded", () => {
    expect(reasonFor(exampleResults(), "dbos", "crashes")).toEqual({ missing: "No reason was recorded." });
  });

  test("is missing because of disqualification before anything else", () => {
    const results = exampleResults();
    results.notMeasured = [entry({})];
    for (const info of results.subjects) if (info.name === "dbos") info.disqualified = "it answers 500";
    expect(reasonFor(results, "dbos", "crashes")).toEqual({ missing: "Disqualified: it answers 500" });
  });

  test("is a footnote, the same for the same reason", () => {
    const footnotes = new Footnotes();
    expect(footnotes.show(0, String)).toBe("0");
    expect(footnotes.show({ missing: "a" }, String)).toBe("not measured [1]");
    expect(footnotes.show({ missing: "b" }, String)).toBe("not measured [2]");
    expect(footnotes.show({ missing: "a" }, String)).toBe("not measured [1]");
    expect(footnotes.reasons).toEqual(["a", "b"]);
  });
});
