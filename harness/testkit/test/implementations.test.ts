import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/crash-harness";
import { describe, expect, test } from "vitest";
import { findImplementation, findImplementations } from "../src/index.ts";

test("implementations are found by their manifests", () => {
  const names = findImplementations().map(({ name }) => name);
  expect(names).toContain("restate-only");
  expect(names).not.toContain("shared");
});

test("an unknown name gets a list of what there is", () => {
  expect(() => findImplementation("vercel")).toThrow(/"vercel".*restate-only.*vercel-ai/);
});

describe("a manifest", () => {
  const write = (implementation: object) => {
    const folder = temporaryFolder("manifest");
    mkdirSync(join(folder, "node_modules/some-sdk"), { recursive: true });
    writeFileSync(join(folder, "node_modules/some-sdk/package.json"), '{"version":"1.2.3"}');
    writeFileSync(join(folder, "package.json"), JSON.stringify({ implementation }));
    return folder;
  };
  const manifest = {
    title: "Some SDK",
    sdkPackage: "some-sdk",
    durableStep: "a model call",
    parallelTools: true,
    privateApi: [],
    notes: [],
    knownFailing: {},
  };

  test("of a folder elsewhere is read, with the version that is installed there", () => {
    expect(findImplementation(write(manifest))).toMatchObject({ manifest, sdkVersion: "1.2.3" });
  });

  test.each([
    ["a missing field", { ...manifest, durableStep: undefined }, /durableStep/],
    ["an unknown field", { ...manifest, colour: "red" }, /colour/],
    ["a known failure without a reason", { ...manifest, knownFailing: { D1: "" } }, /knownFailing.*D1/s],
    ["a known failure of nothing", { ...manifest, knownFailing: { crashes: "often" } }, /knownFailing.crashes/],
    ["an SDK that is not installed", { ...manifest, sdkPackage: "other-sdk" }, /other-sdk is not installed/],
  ])("with %s is refused", (_, wrong, reason) => {
    const folder = write(wrong);
    expect(() => findImplementation(folder)).toThrow(reason);
  });
});
