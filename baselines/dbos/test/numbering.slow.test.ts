import { DBOS } from "@dbos-inc/dbos-sdk";
import { waitFor } from "@durable-agents/crash-harness";
import { PostgresServer } from "@durable-agents/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

// Why each tool of src/multi-agent.ts asks DBOS for one thing only. Two chains of two steps each run at the same time; the
// first step of chain "a" ends last. A fork runs a workflow again on its stored steps, as recovery does after a crash.

const asked = new Set<string>();
const ask = async (name: string) => {
  asked.add(name);
  if (name === "a1") await waitFor("chain b is through", () => asked.has("b2"));
  return name;
};
const chainOf = async (name: string) => [
  await DBOS.runStep(() => ask(`${name}1`), { name: "Ask" }),
  await DBOS.runStep(() => ask(`${name}2`), { name: "Ask" }),
];
const chain = DBOS.registerWorkflow(chainOf, { name: "chain" });

const inOneWorkflow = DBOS.registerWorkflow(() => Promise.all([chainOf("a"), chainOf("b")]), { name: "inOneWorkflow" });
const inChildWorkflows = DBOS.registerWorkflow(() => Promise.all([chain("a"), chain("b")]), {
  name: "inChildWorkflows",
});

let database: PostgresServer;
beforeAll(async () => {
  database = await PostgresServer.start();
  DBOS.setConfig({ name: "numbering", systemDatabaseUrl: database.url, logLevel: "error" });
  await DBOS.launch();
});
afterAll(async () => {
  await DBOS.shutdown();
  await database?.[Symbol.asyncDispose]();
});

/** Runs a workflow, then ten times again with all of its steps stored. @returns what came out, as text */
async function runAndReplay(workflow: () => Promise<string[][]>) {
  asked.clear();
  const handle = await DBOS.startWorkflow(workflow)();
  const result = JSON.stringify(await handle.getResult());
  const steps = (await DBOS.listWorkflowSteps(handle.workflowID))?.length ?? 0;
  asked.clear();
  const forks = await Promise.all(Array.from({ length: 10 }, () => DBOS.forkWorkflow(handle.workflowID, steps)));
  const replays = await Promise.all(forks.map((fork) => fork.getResult({ pollingIntervalMs: 50 })));
  return { result, replays: replays.map((replay) => JSON.stringify(replay)) };
}

const right = JSON.stringify([
  ["a1", "a2"],
  ["b1", "b2"],
]);

test("parallel chains of steps in one workflow get each other's results at a replay, and no error", async () => {
  const { result, replays } = await runAndReplay(inOneWorkflow);
  expect(result).toBe(right);
  const swapped = JSON.stringify([
    ["a1", "b2"],
    ["b1", "a2"],
  ]);
  expect(replays).toContain(swapped);
  expect(asked.size).toBe(0);
});

test("parallel child workflows get their own", async () => {
  const { result, replays } = await runAndReplay(inChildWorkflows);
  expect(result).toBe(right);
  expect(new Set(replays)).toEqual(new Set([right]));
  expect(asked.size).toBe(0);
});
