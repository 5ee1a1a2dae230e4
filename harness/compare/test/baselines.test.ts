import { expect, test } from "vitest";
import { type Baseline, BaselineManifest, checkBaselines } from "../src/baselines.ts";
import { findSystems } from "../src/systems.ts";

const baseline = (name: string, sdkAloneOf: string[] = [], folder = name): Baseline => ({
  folder,
  sdkPackage: "sdk",
  system: { name, title: name, sdkAloneOf, engine: null, env: {}, notes: [] },
});
const check =
  (...baselines: Baseline[]) =>
  () =>
    checkBaselines(baselines, ["on-restate"]);

test("here, everything that stores its progress has its SDK alone to compare with, which stores nothing", () => {
  const infos = findSystems().map(({ info }) => info);
  const engineOf = (name: string | null) => infos.find((info) => info.name === name)?.engine;
  for (const { name, engine, sdkAlone } of infos) if (engine) expect(engineOf(sdkAlone), name).toBeNull();
});

test("a baseline of an implementation, and of systems before and after it, is fine", () => {
  expect(check(baseline("first"), baseline("plain", ["on-restate", "first", "last"]), baseline("last"))).not.toThrow();
});

test("two systems of one name are refused, with both files", () => {
  expect(check(baseline("same", [], "one"), baseline("same", [], "other"))).toThrow(
    'other/package.json has a system "same", but a system in one/package.json has that name. Choose another.',
  );
});

test("a system with an implementation's name is refused", () => {
  expect(check(baseline("on-restate"))).toThrow("but an implementation in packages/ has that name");
});

test.each([
  ["of another system", [baseline("one", ["on-restate"]), baseline("other", ["on-restate"])], "one"],
  ["of the same one", [baseline("other", ["on-restate", "on-restate"])], "other"],
])("a second SDK alone of one system is refused: %s", (_, baselines, first) => {
  expect(check(...baselines)).toThrow(
    `"sdkAloneOf" of "other" in other/package.json has "on-restate", which "${first}" has already.`,
  );
});

test("the SDK alone of nothing is refused, with what there is", () => {
  expect(check(baseline("plain", ["on-restat"]))).toThrow(
    '"sdkAloneOf" of "plain" in plain/package.json has "on-restat", which is nothing. There are: on-restate, plain.',
  );
});

test.each([
  ["sdk-2-plain", true],
  ["Plain", false],
  ["sdk plain", false],
])("%j as a system's name fits: %s", (name, fits) => {
  const { system } = baseline(name);
  expect(BaselineManifest.safeParse({ sdkPackage: "sdk", systems: [system] }).success).toBe(fits);
});
