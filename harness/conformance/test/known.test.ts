import { join } from "node:path";
import { type Mutation, mutatedCopy, repositoryRoot } from "@durable-agents/testkit";
import { expect, test } from "vitest";
import { isConformant, runConformance } from "../src/index.ts";

const folder = join(repositoryRoot, "packages/restate-only");
const wrongName: Mutation = {
  file: "router.ts",
  code: "implement(AgentRouter,",
  becomes: 'implement({ ...AgentRouter, name: "Router" } as unknown as typeof AgentRouter,',
};
const judge = (judged: string, knownFailing: Record<string, string>) =>
  runConformance({ system: { folder: judged }, knownFailing, filter: ({ id }) => id === "C1-services" });

test("a failure that the manifest does not know of is one", async () => {
  const results = await judge(mutatedCopy(folder, wrongName), {});
  expect(results).toMatchObject([{ outcome: "failed", message: expect.stringContaining("AgentRouter") }]);
  expect(isConformant(results)).toBe(false);
});

test("one that it knows of is run all the same, and reported with its reason", async () => {
  const results = await judge(mutatedCopy(folder, wrongName), { C1: "a reason" });
  expect(results).toMatchObject([{ outcome: "known", message: "a reason" }]);
});

test("one that it knows of turns the report red when it passes", async () => {
  const results = await judge(folder, { "C1-services": "a reason" });
  expect(results).toMatchObject([{ outcome: "fixed" }]);
  expect(isConformant(results)).toBe(false);
});
