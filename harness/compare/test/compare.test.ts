import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServiceProcess, type SystemUnderTest, temporaryFolder } from "@durable-agents/crash-harness";
import { mutatedCopy, repositoryRoot } from "@durable-agents/testkit";
import getPort from "get-port";
import { describe, expect, test } from "vitest";
import { Comparison } from "../src/compare.ts";
import { isAsPromised } from "../src/present.ts";
import { type CrashSample, parseResults } from "../src/results.ts";
import { externalFolder, externalUrl, type System } from "../src/systems.ts";
import { crashRouter, outcomes, quickly, systemOf } from "./crash-router.ts";
import { standIn } from "./stand-ins.ts";

const implementation = (name: string) => join(repositoryRoot, "packages", name);

describe("a request whose service is killed", () => {
  test("on Restate, it recovers by itself and repeats nothing completed", async () => {
    const results = await crashRouter(systemOf("vercel-ai"));
    expect(outcomes(results)).toEqual([
      [0, "itself", true, 0, 1],
      [1, "itself", true, 0, 1],
    ]);
    expect(results.crashes.every(({ connectionKept }) => connectionKept)).toBe(true);
    expect(isAsPromised(results)).toBe(true);
  });

  test("another answer after the crash is seen", async () => {
    const folder = mutatedCopy(implementation("vercel-ai"), {
      file: "router.ts",
      code: "return text;",
      becomes: 'return text + " in process " + process.pid;',
    });
    const [first] = (await crashRouter(externalFolder(folder))).crashes as [CrashSample];
    expect(first).toMatchObject({ recoveredBy: "itself", sameAnswer: false });
  });
});

test("what does not do the work gets no numbers", async () => {
  const folder = mutatedCopy(implementation("restate-only"), {
    file: "router.ts",
    code: "implement(AgentRouter,",
    becomes: 'implement({ ...AgentRouter, name: "Router" } as unknown as typeof AgentRouter,',
  });
  const results = await crashRouter(externalFolder(folder));
  expect(results.crashes).toEqual([]);
  expect(results.systems[0]?.disqualified).toMatch(/AgentRouter.*404/);
  expect(isAsPromised(results)).toBe(false);
});

test("a process that does not come back has no numbers, and does not pass for sound", async () => {
  const folder = temporaryFolder("external");
  const start = `test -e started && exit 1; touch started; cd '${implementation("restate-only")}'; exec node src/serve.ts`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start } }));
  const results = await crashRouter(externalFolder(folder));
  expect(results.crashes).toEqual([]);
  expect(results.notMeasured).toContainEqual(
    expect.objectContaining({ part: "service", reason: expect.stringContaining("ended before"), failed: true }),
  );
  expect(isAsPromised(results)).toBe(false);
});

test("what can't be ended takes no other's numbers", async () => {
  const sound = standIn("messy");
  const dispose = async (running: SystemUnderTest) => {
    await running[Symbol.asyncDispose]();
    throw new Error("The folder is not empty");
  };
  const start = async () => {
    const running = await sound.start();
    return { ...running, [Symbol.asyncDispose]: () => dispose(running) };
  };
  const messy: System = { ...sound, start };
  await using comparison = new Comparison([messy], quickly);
  await comparison.measureCosts();
  await comparison.crash(messy);
  expect(comparison.results.latencies.length).toBeGreaterThan(0);
  // It stores nothing, so what was completed is repeated.
  expect(outcomes(comparison.results)).toEqual([
    [0, "client", true, 0, 1],
    [1, "client", true, 1, 1],
  ]);
});

test("results of another version are refused", () => {
  expect(() => parseResults('{"environment": {"mode": "full"}, "crashes": []}')).toThrow(/this version.*timelines/);
  expect(() => parseResults("null")).toThrow(/environment/);
  expect(() => parseResults("<<<<<<< HEAD")).toThrow(/JSON/);
});

test("of one that runs elsewhere, the server is killed", async () => {
  const modelPort = await getPort();
  await using elsewhere = await ServiceProcess.start({
    folder: implementation("restate-only"),
    env: { OPENAI_BASE_URL: `http://127.0.0.1:${modelPort}/v1`, OPENAI_API_KEY: "any" },
  });
  const results = await crashRouter(externalUrl(elsewhere.url, modelPort));
  expect(results.systems[0]).not.toHaveProperty("disqualified");
  expect(results.crashes.map(({ target, recoveredBy }) => [target, recoveredBy])).toEqual([
    ["server", "itself"],
    ["server", "itself"],
  ]);
  expect(results.notMeasured).toContainEqual(
    expect.objectContaining({
      measure: "crashes",
      part: "service",
      reason: expect.stringContaining("give its folder"),
    }),
  );
});
