import { expect, test } from "vitest";
import { regionOf, withoutMarkers } from "../src/regions.ts";

test.each([
  ["//", ""],
  ["#", ""],
  ["<!--", " -->"],
  ["/*", " */"],
])("a region between comments that begin with %s", (open, close) => {
  const source = `a\n  ${open} #region one${close}\n  b\n\n    c\n  ${open} #endregion one${close}\nd\n`;
  expect(regionOf(source, "one")).toBe("b\n\n  c");
  expect(withoutMarkers(source)).toBe("a\n  b\n\n    c\nd");
});

test("markers of other regions do not show", () => {
  const source = "// #region one\na\n// #region two\nb\n// #endregion two\n// #endregion one\n";
  expect(regionOf(source, "one")).toBe("a\nb");
  expect(regionOf(source, "two")).toBe("b");
});

test.each([
  ["// #region one\na\n// #endregion one\n", "there is no region two; there is one"],
  ["a\n", "there is no region two; there is none"],
  ["// #region two\na\n// #endregion one\n", "the region two has no line with #endregion two"],
  ["// #region two\n// #endregion two\n", "the region two is empty"],
  ["// #region two\na\n// #endregion two\n// #region two\nb\n// #endregion two\n", "the region two is there 2 times"],
])("%j has no such region", (source, message) => {
  expect(() => regionOf(source, "two")).toThrow(message);
});
