import { expect, test } from "vitest";
import {
  formatDifference,
  formatNumber,
  formatRange,
  formatSeconds,
  formatShare,
  formatSpread,
  medianOf,
  orDash,
  spreadOf,
} from "../src/pages/statistics.ts";

test("the spread of samples is their median and quartiles", () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, lower: 2, upper: 4, samples: 5 });
  expect(spreadOf([7])).toEqual({ median: 7, lower: 7, upper: 7, samples: 1 });
  expect(medianOf([1, 2, 3, 10])).toBe(2.5);
});

test("of no samples there is no spread, and no zero either", () => {
  expect(spreadOf([])).toBeUndefined();
  expect(medianOf([])).toBeUndefined();
  expect(orDash(medianOf([]), formatNumber)).toBe("—");
  expect(orDash(0, formatNumber)).toBe("0");
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
  expect(formatRange([6.8, 5.5], formatDifference)).toBe("+5.5 to +6.8");
  expect(formatRange([5.51, 5.49], formatDifference)).toBe("+5.5");
});
