import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quickStartOf, repositoryRoot } from "@durable-agents/testkit";
import { expect, test } from "vitest";
import { bytesSummary, summary } from "../benchmark/summary.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

test.each(["openai-agents-tools", "openai-agents-tools-20ms"])(
  "the README's table follows from results/%s.json",
  (name) => {
    const results = JSON.parse(readFileSync(join(repositoryRoot, `results/${name}.json`), "utf8"));
    expect(readme).toContain(summary(results));
    const [, parallel] = summary(results).split("\n").slice(2);
    expect(Number(parallel?.match(/([\d.]+) \|$/)?.[1])).toBeLessThanOrEqual(1.15);
  },
);

test("so does the table of bytes", () => {
  const results = JSON.parse(readFileSync(join(repositoryRoot, "results/openai-agents-journal-bytes.json"), "utf8"));
  expect(readme).toContain(bytesSummary(results));
});

test("the quick start has less than 20 lines", () => {
  expect(quickStartOf("durable-openai-agents").trim().split("\n").length).toBeLessThan(20);
});
