import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/testkit";
import { execa } from "execa";
import { expect, test } from "vitest";

const run = (...args: string[]) =>
  execa(process.execPath, [join(import.meta.dirname, "../src/cli.ts"), ...args], { reject: false });

test("runs one system, shows the table and writes the samples", { timeout: 120_000 }, async () => {
  const output = join(temporaryFolder("comparison"), "samples.json");
  const { stdout, exitCode } = await run("--only", "restate", "--output", output);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/orchestrator-worker +│ +5 of 5 │ +- │ +5 of 5 │ +0 of 10 │ +8 of 8 │/);
  expect(stdout).toMatch(/parallel analysis +│ +4 of 4 │ +- │ +4 of 4 │ +0 of 6 │ +7 of 7 │/);
  const { environment, samples } = JSON.parse(readFileSync(output, "utf8"));
  expect(environment.command).toMatch(/^npm run control -- --only restate/);
  expect(samples).toHaveLength(9);
});

test("says what it takes", async () => {
  const { stdout, exitCode } = await run("--help");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/--only.*memory, async, sync, restate.*--output/s);
});

test.each([
  ["an unknown system", ["--only", "temporal"], /"temporal".*memory, async, sync, restate/],
  ["an unknown option", ["--olny", "sync"], /--olny.*--only/s],
])("refuses %s", async (_, args, message) => {
  const { stderr, exitCode } = await run(...args);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(message);
});
