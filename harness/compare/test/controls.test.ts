import { expect, test } from "vitest";
import { type Control, ControlManifest, checkControls } from "../src/controls.ts";
import { findSubjects } from "../src/subjects.ts";

const control = (name: string, baselineOf: string[] = [], folder = name): Control => ({
  folder,
  sdkPackage: "sdk",
  system: { name, title: name, baselineOf, engine: null, environment: {}, notes: [] },
});
const check =
  (...controls: Control[]) =>
  () =>
    checkControls(controls, ["on-restate"]);

test("here, everything that stores its progress has a baseline, and that does not", () => {
  const infos = findSubjects().map(({ info }) => info);
  const engineOf = (name: string | null) => infos.find((info) => info.name === name)?.engine;
  for (const { name, engine, baseline } of infos) if (engine) expect(engineOf(baseline), name).toBeNull();
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
