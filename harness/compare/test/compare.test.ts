import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mutatedCopy, repositoryRoot, Subject as ServiceProcess, temporaryFolder } from "@durable-agents/testkit";
import getPort from "get-port";
import { describe, expect, test, vi } from "vitest";
import { Comparison } from "../src/compare.ts";
import { findControls } from "../src/controls.ts";
import { formatTable } from "../src/pages/table.ts";
import { findPattern } from "../src/patterns.ts";
import { isAsPromised } from "../src/present.ts";
import { type CrashSample, parseResults, type Results } from "../src/results.ts";
import { workProblem } from "../src/same-work.ts";
import { findGuest, findSubjects, type RunningSubject, type Subject, withoutRestate } from "../src/subjects.ts";
import { standIn } from "./stand-ins.ts";

const subjectOf = (name: string) => findSubjects().find(({ info }) => info.name === name) as Subject;
const implementation = (name: string) => join(repositoryRoot, "packages", name);

/** A control's system, whose program is in another folder. */
function controlIn(folder: string, name: string): Subject {
  const control = findControls().find(({ system }) => system.name === name);
  if (!control) throw new Error(`There is no control ${name}`);
  return withoutRestate({ ...control, folder }, null);
}

/** Kills a subject at each crash point of a pattern. */
async function crash(subject: Subject, pattern = "router", mode: "quick" | "full" = "quick"): Promise<Results> {
  const comparison = new Comparison([subject], { mode, command: "test", patterns: [findPattern(pattern)] });
  await comparison.crash(subject);
  return comparison.results;
}

const outcomes = ({ crashes }: Results) =>
  crashes.map(({ crashPoint, resumedBy, sameAnswer, repeated: { completed, inFlight } }) => [
    crashPoint,
    resumedBy,
    sameAnswer,
    completed,
    inFlight,
  ]);

describe("what becomes of a request whose service is killed", () => {
  const sound = [
    [0, "itself", true, 0, 1],
    [1, "itself", true, 0, 1],
  ];

  test("on Restate, it goes on by itself and repeats nothing completed", { timeout: 60_000 }, async () => {
    const results = await crash(subjectOf("vercel-ai"));
    expect(outcomes(results)).toEqual(sound);
    expect(results.crashes.every(({ callerStayed }) => callerStayed)).toBe(true);
    expect(isAsPromised(results)).toBe(true);
  });

  test("a model call outside of the journal is seen", { timeout: 60_000 }, async () => {
    const folder = mutatedCopy(implementation("vercel-ai"), {
      file: "durable-model.ts",
      code: "durableCalls(ctx)]",
      becomes: "...[durableCalls(ctx)].slice(1)]",
    });
    const results = await crash(findGuest({ folder }));
    expect(outcomes(results)).toEqual([
      [0, "itself", true, 0, 1],
      [1, "itself", true, 1, 1],
    ]);
    expect(isAsPromised(results)).toBe(false);
    expect(formatTable(results)).toMatch(/itself +1\/1 +2\/2/);
  });

  test("a control that begins anew instead of going on is seen", { timeout: 60_000 }, async () => {
    const folder = mutatedCopy(join(repositoryRoot, "controls/langgraph"), {
      file: "threads.ts",
      code: "graph.invoke(null, { ...options, ...thread })",
      becomes: "graph.invoke(input, { ...options, ...thread })",
    });
    const results = await crash(controlIn(folder, "langgraph-async"));
    expect(outcomes(results)[1]).toEqual([1, "the caller", true, 1, 1]);
    expect(formatTable(results)).toMatch(/caller +1\/1 +2\/2/);
  });

  test("a control that forgets requests which it has begun loses them", { timeout: 60_000 }, async () => {
    const folder = mutatedCopy(join(repositoryRoot, "controls/langgraph"), {
      file: "threads.ts",
      code: "return tasks.length > 0 ?",
      becomes: 'if (tasks.length > 0) throw new Error("It was begun before");\n    return tasks.length > 0 ?',
    });
    const results = await crash(controlIn(folder, "langgraph-async"));
    expect(results.crashes.map(({ resumedBy, status }) => [resumedBy, status])).toEqual([
      [null, 500],
      [null, 500],
    ]);
    expect(formatTable(results)).toMatch(/2\/2 /);
  });

  test("another answer after the crash is seen", { timeout: 60_000 }, async () => {
    const folder = mutatedCopy(implementation("vercel-ai"), {
      file: "router.ts",
      code: "return text;",
      becomes: 'return text + " in process " + process.pid;',
    });
    const [first] = (await crash(findGuest({ folder }))).crashes as [CrashSample];
    expect(first).toMatchObject({ resumedBy: "itself", sameAnswer: false });
  });
});

test("what is in the caller's environment does not reach subjects", { timeout: 60_000 }, async () => {
  vi.stubEnv("SERVICES_URL", "http://127.0.0.1:9").stubEnv("DATABASE_URL", "postgresql://127.0.0.1:9/other");
  vi.stubEnv("PGSSLMODE", "require").stubEnv("DURABILITY", "exit").stubEnv("OPENAI_MODEL", "other");
  try {
    await using plain = await subjectOf("vercel-ai-plain").start();
    expect(await workProblem(plain)).toBeUndefined();
    await using stored = await subjectOf("langgraph-async").start();
    expect(await workProblem(stored)).toBeUndefined();
  } finally {
    vi.unstubAllEnvs();
  }
});

test("who does not do the work gets no numbers", { timeout: 60_000 }, async () => {
  const folder = mutatedCopy(implementation("restate-only"), {
    file: "router.ts",
    code: "implement(AgentRouter,",
    becomes: 'implement({ ...AgentRouter, name: "Router" } as unknown as typeof AgentRouter,',
  });
  const results = await crash(findGuest({ folder }));
  expect(results.crashes).toEqual([]);
  expect(results.subjects[0]?.disqualified).toMatch(/router.*404/);
  expect(isAsPromised(results)).toBe(false);
  expect(formatTable(results)).toMatch(/router.*404/s);
});

test("whose process does not come back has no numbers, and does not pass for sound", { timeout: 60_000 }, async () => {
  const folder = temporaryFolder("guest");
  const start = `test -e started && exit 1; touch started; cd '${implementation("restate-only")}'; exec node src/serve.ts`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start } }));
  const results = await crash(findGuest({ folder }));
  expect(results.crashes).toEqual([]);
  expect(results.notMeasured).toContainEqual(
    expect.objectContaining({ part: "service", reason: expect.stringContaining("ended before"), failed: true }),
  );
  expect(isAsPromised(results)).toBe(false);
});

test("what can't be ended takes nobody's numbers", { timeout: 60_000 }, async () => {
  const sound = standIn("messy");
  const dispose = async (running: RunningSubject) => {
    await running[Symbol.asyncDispose]();
    throw new Error("The folder is not empty");
  };
  const start = async () => {
    const running = await sound.start();
    return { ...running, [Symbol.asyncDispose]: () => dispose(running) };
  };
  const messy: Subject = { ...sound, start };
  const comparison = new Comparison([messy], { mode: "quick", command: "test", patterns: [findPattern("router")] });
  await comparison.measureCosts();
  await comparison.crash(messy);
  const { latencies, subjects } = comparison.results;
  expect(latencies.length).toBeGreaterThan(0);
  // It serves three patterns only.
  expect(subjects[0]?.disqualified).toMatch(/There is no/);
});

test("results of another version are refused", () => {
  expect(() => parseResults('{"environment": {"mode": "full"}, "crashes": []}')).toThrow(/this version.*timelines/);
  expect(() => parseResults("null")).toThrow(/environment/);
  expect(() => parseResults("<<<<<<< HEAD")).toThrow(/JSON/);
});

test("of one that runs elsewhere, the server is killed", { timeout: 120_000 }, async () => {
  const modelPort = await getPort();
  await using elsewhere = await ServiceProcess.start({
    folder: implementation("restate-only"),
    environment: { OPENAI_BASE_URL: `http://127.0.0.1:${modelPort}/v1`, OPENAI_API_KEY: "any" },
  });
  const results = await crash(findGuest({ url: elsewhere.url, modelPort }));
  expect(results.subjects[0]).not.toHaveProperty("disqualified");
  expect(results.crashes.map(({ disaster, resumedBy }) => [disaster, resumedBy])).toEqual([
    ["store", "itself"],
    ["store", "itself"],
  ]);
  expect(results.notMeasured).toContainEqual(
    expect.objectContaining({
      measure: "crashes",
      part: "service",
      reason: expect.stringContaining("give its folder"),
    }),
  );
});
