import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/crash-harness";
import { execa } from "execa";
import { expect, test } from "vitest";
import type { Results } from "../src/results.ts";

/** On one core, which four busy loops want, too. */
const BUSY_LOOPS = 4;

/** A comparison of what stores nothing and what stores, of a pattern with parallel calls. */
async function quickComparison(prefix: string[]): Promise<Results> {
  const output = join(temporaryFolder("comparison"), "samples.json");
  const systems = "restate-only,langgraph-sync,vercel-ai-plain";
  const args = ["--quick", "--only", systems, "--pattern", "parallel-claim-analysis", "--output", output];
  const [command, ...rest] = [...prefix, process.execPath, join(import.meta.dirname, "../src/cli.ts"), ...args];
  const { exitCode, stdout, stderr } = await execa(command as string, rest, { reject: false });
  expect(exitCode, stdout + stderr).toBe(0);
  return JSON.parse(readFileSync(output, "utf8")) as Results;
}

/** What was counted, without what differs from run to run. */
const counts = ({ crashes }: Results) =>
  crashes
    .map(({ system, pattern, crashPoint, timed, recoveredBy, sameAnswer, inFlight, repeated }) =>
      JSON.stringify({ system, pattern, crashPoint, timed, recoveredBy, sameAnswer, inFlight, repeated }),
    )
    .toSorted();

test.runIf(process.platform === "linux")("no verdict depends on the machine's speed", async () => {
  const free = await quickComparison([]);
  const loops = Array.from({ length: BUSY_LOOPS }, () =>
    spawn("taskset", ["-c", "0", "sh", "-c", "while :; do :; done"]),
  );
  try {
    await Promise.all(loops.map((loop) => once(loop, "spawn")));
    const busy = await quickComparison(["taskset", "-c", "0"]);
    expect(counts(busy)).toEqual(counts(free));
    expect(busy.environment.disturbed).toMatch(/busy/);
  } finally {
    for (const loop of loops) loop.kill("SIGKILL");
  }
});
