import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/crash-harness";
import { patterns } from "@durable-agents/testkit";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import type { Results } from "../src/results.ts";

const run = (...args: string[]) =>
  execa(process.execPath, [join(import.meta.dirname, "../src/cli.ts"), ...args], { reject: false });

test("says what it takes", async () => {
  const { stdout, exitCode } = await run("--help");
  expect(exitCode).toBe(0);
  for (const option of ["--quick", "--only", "--pattern", "--external", "--url", "--output", "--publish", "--page"])
    expect(stdout).toContain(option);
  expect(stdout.replace(/\s+/g, " ")).toContain(patterns.map(({ name }) => name).join(", "));
});

test("one pattern of one system: table, samples and page", async () => {
  const output = join(temporaryFolder("comparison"), "samples.json");
  const { stdout, exitCode } = await run("--quick", "--only", "vercel-ai", "--pattern", "router", "--output", output);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/Vercel AI SDK +by itself +0 of 3 +0 of 2/);
  const { environment, crashes, latencies, notMeasured }: Results = JSON.parse(readFileSync(output, "utf8"));
  expect(environment.command).toMatch(/^npm run compare -- --quick --only vercel-ai --pattern router/);
  expect(new Set([...crashes, ...latencies].map(({ pattern }) => pattern))).toEqual(new Set(["router"]));
  expect(notMeasured).toContainEqual(expect.objectContaining({ measure: "fanOut", system: "vercel-ai" }));

  const page = output.replace(".json", ".html");
  rmSync(page);
  expect((await run("--page", output)).exitCode).toBe(0);
  expect(readFileSync(page, "utf8")).toContain(environment.date);
});

test("what is asked for twice is done once, and what is external does not pass for a baseline", async () => {
  const folder = temporaryFolder("external");
  const elsewhere = join(folder, "vercel-ai-plain");
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "package.json"), JSON.stringify({ scripts: { start: "exit 1" } }));
  const output = join(folder, "samples.json");
  const twice = ["vercel-ai-plain", "router"].flatMap((value, index) => {
    const option = ["--only", "--pattern"][index] as string;
    return [option, `${value},${value}`, option, value];
  });
  const external = ["--external", elsewhere, "--external", "vercel-ai-plain/"];
  const { exitCode } = await execa(
    process.execPath,
    [join(import.meta.dirname, "../src/cli.ts"), "--quick", ...twice, ...external, "--output", output],
    { reject: false, cwd: folder },
  );
  expect(exitCode).toBe(1);
  const { systems, crashes }: Results = JSON.parse(readFileSync(output, "utf8"));
  expect(systems.map(({ name }) => name)).toEqual(["vercel-ai-plain", "./vercel-ai-plain"]);
  expect(systems.map(({ disqualified }) => disqualified === undefined)).toEqual([true, false]);
  expect(crashes).toHaveLength(2);
});

describe("refuses", () => {
  test.each([
    ["an unknown system", ["--only", "temporal"], /"temporal".*restate-only.*dbos/],
    ["an unknown pattern", ["--pattern", "swarm"], /"swarm".*orchestrator-worker/],
    ["an unknown option", ["--olny", "x"], /--olny.*--only/s],
    ["a folder that is not there", ["--external", "no/such/folder"], /no\/such\/folder.*folder/],
    ["no URL", ["--url", "localhost:9080"], /localhost:9080.*http:\/\/host:9080/s],
    [
      "a file that can't be written",
      ["--output", "/dev/null/results.json"],
      /\/dev\/null\/results\.json can't be written/,
    ],
    ["a folder in place of a file", ["--output", import.meta.dirname], /can't be written.*--output/],
    ["to publish a part", ["--publish", "--only", "vercel-ai"], /--publish takes a full run/],
    ["a page of nothing", ["--page", "no/such.json"], /no\/such\.json.*--page/],
    [
      "a page of something else",
      ["--page", join(import.meta.dirname, "../package.json")],
      /package\.json.*no environment/,
    ],
  ])("%s", async (_, args, message) => {
    const { stderr, exitCode } = await run(...args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });

  test("what can't be started", async () => {
    const folder = temporaryFolder("external");
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "package.json"), "{}");
    const { stderr, exitCode } = await run("--external", folder);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/package\.json has no "start" script/);
  });
});
