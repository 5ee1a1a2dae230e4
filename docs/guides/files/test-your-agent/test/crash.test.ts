import { join } from "node:path";
import {
  crashEverywhere,
  newestQuestion,
  problemsOf,
  type ScriptedAgent,
  TestEnvironment,
} from "@durable-agents/crash-harness";
import { expect, test } from "vitest";

// What the mock model answers each agent. It knows an agent by its instructions.
const agents: ScriptedAgent[] = [
  {
    name: "Writer",
    instructions: "You write a story.",
    answer: (request) => ({ text: `There was ${newestQuestion(request)}.` }),
  },
  {
    name: "Editor",
    instructions: "You edit a story.",
    answer: (request) => ({ text: `Edited: ${newestQuestion(request)}` }),
  },
];

test("killed after any step, it gives the same answer and repeats nothing that was completed", async () => {
  await using environment = await TestEnvironment.start({
    folder: join(import.meta.dirname, ".."),
    model: { agents, agentsFile: "test/crash.test.ts" },
    // In place of the picture service. It counts, too.
    effects: { variable: "PICTURES_URL", answer: () => "cat.png" },
  });
  const crashes = await crashEverywhere(environment, [{ call: "Story/write", body: { topic: "a cat" } }]);

  expect(crashes.flatMap(problemsOf)).toEqual([]);
  // All steps were seen: the model calls, and the effect of the tool.
  expect(crashes.at(-1)?.completed.map(({ label }) => label)).toEqual(["Writer", "POST /orders", "Editor"]);
}, 300_000);
