import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installedVersion, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";
import type { Sample } from "../src/crash-demo.ts";
import { formatMeaning, formatTable, type Results } from "../src/table.ts";

const recorded: Results = JSON.parse(readFileSync(join(repositoryRoot, "results/start.json"), "utf8"));
const [sample] = recorded.samples as [Sample];

test("README's table, and the sentence below it, follow from the committed samples", () => {
  const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
  expect(readme).toContain(formatTable(recorded));
  expect(readme.replaceAll("\n", " ")).toContain(formatMeaning(recorded.samples));
});

test("README names the versions that are installed", () => {
  const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
  const from = (folder: string, name: string) => installedVersion(join(repositoryRoot, folder), name);
  for (const version of [
    `restate-server ${from("harness/processes", "@restatedev/restate-server")}`,
    `restate-sdk ${from("packages/shared", "@restatedev/restate-sdk")}`,
    `ai ${from("packages/vercel-ai", "ai")}`,
    `\`@restatedev/vercel-ai-middleware\` ${from("packages/vercel-ai", "@restatedev/vercel-ai-middleware")}`,
    `\`@openai/agents\` ${from("packages/openai-agents", "@openai/agents")}`,
    `\`@langchain/langgraph\` ${from("packages/langgraph", "@langchain/langgraph")}`,
    `Node ${from(".", "node")}`,
  ]) {
    expect(readme.replaceAll("\n", " ")).toContain(version);
  }
});

test("the table fits a terminal of 80 columns", () => {
  for (const line of formatTable(recorded).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

describe("what fell short is said", () => {
  test.each([
    ["a lost request", { recovered: false }],
    ["another answer", { sameAnswer: false }],
    ["a completed call that was repeated", { repeated: { completed: 1, inFlight: 0 } }],
  ])("%s", (_, flaw) => {
    expect(formatMeaning([sample, { ...sample, ...flaw }])).toMatch(/^1 of 2 killed requests fell short/);
  });

  test("and nothing else", () => expect(formatMeaning([sample])).toMatch(/^All 1 requests/));
});
