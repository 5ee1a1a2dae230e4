import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/testkit";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { patterns } from "../src/patterns.ts";
import type { Results } from "../src/results.ts";

const run = (...args: string[]) =>
  execa(process.execPath, [join(import.meta.dirname, "../src/cli.ts"), ...args], { reject: false });

test("says what it takes", async () => {
  const { stdout, exitCode } = await run("--help");
  expect(exitCode).toBe(0);
  for (const option of ["--quick", "--only", "--pattern", "--subject", "--url", "--output", "--publish", "--check"])
    expect(stdout).toContain(option);
  expect(stdout.replace(/\s+/g, " ")).toContain(patterns.map(({ id }) => id).join(", "));
});

test("one pattern of one subject: table, samples and report", { timeout: 120_000 }, async () => {
  const output = join(temporaryFolder("comparison"), "samples.json");
  const { stdout, exitCode } = await run("--quick", "--only", "vercel-ai", "--pattern", "router", "--output", output);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/Vercel AI SDK +0\/3 +itself +0\/2 +3\/3/);
  const { environment, crashes, latencies, notMeasured }: Results = JSON.parse(readFileSync(output, "utf8"));
  expect(environment.command).toMatch(/^npm run compare -- --quick --only vercel-ai --pattern router/);
  expect(new Set([...crashes, ...latencies].map(({ pattern }) => pattern))).toEqual(new Set(["router"]));
  expect(notMeasured).toContainEqual(expect.objectContaining({ measure: "fanOut", subject: "vercel-ai" }));
  expect(existsSync(output.replace(".json", ".html"))).toBe(true);
});

test("what is asked for twice is done once, and a guest does not pass for a control", {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder("guests");
  const guest = join(folder, "vercel-ai-plain");
  mkdirSync(guest);
  writeFileSync(join(guest, "package.json"), JSON.stringify({ scripts: { start: "exit 1" } }));
  const output = join(folder, "samples.json");
  const twice = ["vercel-ai-plain", "router"].flatMap((value, index) => {
    const option = ["--only", "--pattern"][index] as string;
    return [option, `${value},${value}`, option, value];
  });
  const guests = ["--subject", guest, "--subject", "vercel-ai-plain/"];
  const { exitCode } = await execa(
    process.execPath,
    [join(import.meta.dirname, "../src/cli.ts"), "--quick", ...twice, ...guests, "--output", output],
    { reject: false, cwd: folder },
  );
  expect(exitCode).toBe(1);
  const { subjects, crashes }: Results = JSON.parse(readFileSync(output, "utf8"));
  expect(subjects.map(({ name }) => name)).toEqual(["vercel-ai-plain", "./vercel-ai-plain"]);
  expect(subjects.map(({ disqualified }) => disqualified === undefined)).toEqual([true, false]);
  expect(crashes).toHaveLength(2);
});

describe("refuses", () => {
  test.each([
    ["an unknown subject", ["--only", "temporal"], /"temporal".*restate-only.*dbos/],
    ["an unknown pattern", ["--pattern", "swarm"], /"swarm".*orchestrator-worker/],
    ["an unknown option", ["--olny", "x"], /--olny.*--only/s],
    ["a guest that is not there", ["--subject", "no/such/folder"], /no\/such\/folder.*folder/],
    ["no URL", ["--url", "localhost:9080"], /localhost:9080.*http:\/\/host:9080/s],
    [
      "a file that can't be written",
      ["--output", "/dev/null/results.json"],
      /\/dev\/null\/results\.json can't be written/,
    ],
    ["a folder in place of a file", ["--output", import.meta.dirname], /can't be written.*--output/],
    ["to publish a part", ["--publish", "--only", "vercel-ai"], /--publish takes a full run/],
  ])("%s", async (_, args, message) => {
    const { stderr, exitCode } = await run(...args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });

  test("a guest that can't be started", async () => {
    const folder = temporaryFolder("guest");
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "package.json"), "{}");
    const { stderr, exitCode } = await run("--subject", folder);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/package\.json has no "start" script/);
  });
});
