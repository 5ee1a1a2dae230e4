import { join } from "node:path";
import { Bench, crashDuring, newestQuestion, type ScriptedAgent } from "@durable-agents/crash-harness";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// What the mock model answers to whom. An agent is recognized by its instructions.
const agents: ScriptedAgent[] = [
  { name: "Writer", instructions: "You write a story.", answer: () => ({ text: "There was a cat." }) },
  {
    name: "Editor",
    instructions: "You edit a story.",
    answer: (request) => ({ text: `${newestQuestion(request)} It slept.` }),
  },
];

const request = { name: "story", pattern: "story", call: "Story/write", body: { topic: "a cat" }, modelCalls: 2 };

// Real processes are started and killed here.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ folder: join(import.meta.dirname, ".."), model: { agents } });
});
afterAll(() => bench[Symbol.asyncDispose]());

test.each([0, 1, 2])(
  "killed after %i of 2 model calls: the same answer, and no finished call is made again",
  async (completed) => {
    const { reply, journaled, repeatedCompleted, repeatedInFlight, inFlight } = await crashDuring(
      bench,
      request,
      completed,
    );
    expect(reply).toEqual({ status: 200, body: "There was a cat. It slept." });
    expect(journaled).toHaveLength(completed);
    expect(repeatedCompleted).toEqual([]);
    // What waited for an answer is asked again: nobody can know whether it was answered.
    expect(repeatedInFlight).toHaveLength(inFlight.length);
  },
);
