import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServiceProcess, type SystemUnderTest, temporaryFolder } from "@durable-agents/crash-harness";
import { findPattern, mutatedCopy, repositoryRoot } from "@durable-agents/testkit";
import getPort from "get-port";
import { describe, expect, test } from "vitest";
import { Comparison } from "../src/compare.ts";
import { isAsPromised } from "../src/present.ts";
import { type CrashSample, parseResults, type Results } from "../src/results.ts";
import { findExternal, findSystems, type System } from "../src/systems.ts";
import { router, standIn } from "./stand-ins.ts";

const systemOf = (name: string) => findSystems().find(({ info }) => info.name === name) as System;
const implementation = (name: string) => join(repositoryRoot, "packages", name);

/** Kills a system at each crash point of a pattern. */
async function crash(system: System, pattern = "router", mode: "quick" | "full" = "quick"): Promise<Results> {
  await using comparison = new Comparison([system], { mode, command: "test", patterns: [findPattern(pattern)] });
  await comparison.crash(system);
  return comparison.results;
}

const outcomes = ({ crashes }: Results) =>
  crashes.map(({ crashPoint, recoveredBy, sameAnswer, repeated: { completed, inFlight } }) => [
    crashPoint,
    recoveredBy,
    sameAnswer,
    completed,
    inFlight,
  ]);

describe("a request whose service is killed", () => {
  const sound = [
    [0, "itself", true, 0, 1],
    [1, "itself", true, 0, 1],
  ];

  test("on Restate, it recovers by itself and repeats nothing completed", async () => {
    const results = await crash(systemOf("vercel-ai"));
    expect(outcomes(results)).toEqual(sound);
    expect(results.crashes.every(({ connectionKept }) => connectionKept)).toBe(true);
    expect(isAsPromised(results)).toBe(true);
  });

  test("a model call outside of the journal is seen", async () => {
    const folder = mutatedCopy(implementation("vercel-ai"), {
      file: "durable-model.ts",
      code: "durableCalls(ctx)]",
      becomes: "...[durableCalls(ctx)].slice(1)]",
    });
    const results = await crash(findExternal({ folder }));
    expect(outcomes(results)).toEqual([
      [0, "itself", true, 0, 1],
      [1, "itself", true, 1, 1],
    ]);
    expect(isAsPromised(results)).toBe(false);
  });

  test("another answer after the crash is seen", async () => {
    const folder = mutatedCopy(implementation("vercel-ai"), {
      file: "router.ts",
      code: "return text;",
      becomes: 'return text + " in process " + process.pid;',
    });
    const [first] = (await crash(findExternal({ folder }))).crashes as [CrashSample];
    expect(first).toMatchObject({ recoveredBy: "itself", sameAnswer: false });
  });
});

test("what does not do the work gets no numbers", async () => {
  const folder = mutatedCopy(implementation("restate-only"), {
    file: "router.ts",
    code: "implement(AgentRouter,",
    becomes: 'implement({ ...AgentRouter, name: "Router" } as unknown as typeof AgentRouter,',
  });
  const results = await crash(findExternal({ folder }));
  expect(results.crashes).toEqual([]);
  expect(results.systems[0]?.disqualified).toMatch(/AgentRouter.*404/);
  expect(isAsPromised(results)).toBe(false);
});

test("a process that does not come back has no numbers, and does not pass for sound", async () => {
  const folder = temporaryFolder("external");
  const start = `test -e started && exit 1; touch started; cd '${implementation("restate-only")}'; exec node src/serve.ts`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start } }));
  const results = await crash(findExternal({ folder }));
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
  await using comparison = new Comparison([messy], {
    mode: "quick",
    command: "test",
    patterns: [findPattern("router")],
  });
  await comparison.measureCosts();
  await comparison.crash(messy);
  const { latencies, crashes } = comparison.results;
  expect(latencies.length).toBeGreaterThan(0);
  expect(crashes).toHaveLength(router.request.modelCalls);
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
  const results = await crash(findExternal({ url: elsewhere.url, modelPort }));
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
