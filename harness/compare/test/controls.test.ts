import { expect, test } from "vitest";
import { type Control, ControlManifest, checkControls, findControls } from "../src/controls.ts";

const control = (name: string, baselineOf: string[] = [], folder = name): Control => ({
  folder,
  sdkPackage: "sdk",
  system: { name, title: name, baselineOf, engine: null, environment: {}, notes: [] },
});
const check =
  (...controls: Control[]) =>
  () =>
    checkControls(controls, ["on-restate"]);

test("every implementation and every system that stores its progress has a baseline", () => {
  const controls = findControls();
  const claimed = controls.flatMap(({ system }) => system.baselineOf);
  expect(claimed).toEqual(
    expect.arrayContaining(["restate-only", "vercel-ai", "openai-agents", "langgraph", "langgraph-async", "dbos"]),
  );
});

test("a baseline of an implementation, and of systems before and after it, is fine", () => {
  expect(check(control("first"), control("plain", ["on-restate", "first", "last"]), control("last"))).not.toThrow();
});

test("two systems of one name are refused, with both files", () => {
  expect(check(control("same", [], "one"), control("same", [], "other"))).toThrow(
    'other/package.json has a system "same", but a system in one/package.json has that name. Choose another.',
  );
});

test("a system with an implementation's name is refused", () => {
  expect(check(control("on-restate"))).toThrow("but an implementation in packages/ has that name");
});

test.each([
  ["of another system", [control("one", ["on-restate"]), control("other", ["on-restate"])], "one"],
  ["of the same one", [control("other", ["on-restate", "on-restate"])], "other"],
])("a second claim to a baseline is refused: %s", (_, controls, first) => {
  expect(check(...controls)).toThrow(
    `"baselineOf" of "other" in other/package.json has "on-restate", which "${first}" has already.`,
  );
});

test("a baseline of nothing is refused, with what there is", () => {
  expect(check(control("plain", ["on-restat"]))).toThrow(
    '"baselineOf" of "plain" in plain/package.json has "on-restat", which is nothing. There are: on-restate, plain.',
  );
});

test.each([
  ["sdk-2-plain", true],
  ["Plain", false],
  ["sdk plain", false],
])("%j as a system's name fits: %s", (name, fits) => {
  const { system } = control(name);
  expect(ControlManifest.safeParse({ sdkPackage: "sdk", systems: [system] }).success).toBe(fits);
});
