import { join } from "node:path";
import { findPattern, mutatedCopy, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test, vi } from "vitest";
import { findBaselines } from "../src/baselines.ts";
import { Comparison } from "../src/compare.ts";
import type { Results } from "../src/results.ts";
import { workProblem } from "../src/same-work.ts";
import { findSystems, type System, withoutRestate } from "../src/systems.ts";

const systemOf = (name: string) => findSystems().find(({ info }) => info.name === name) as System;

/** A baseline's system, whose program is in another folder. */
function baselineIn(folder: string, name: string): System {
  const baseline = findBaselines().find(({ system }) => system.name === name);
  if (!baseline) throw new Error(`There is no baseline ${name}`);
  return withoutRestate({ ...baseline, folder }, null);
}

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

describe("a baseline that is killed", () => {
  test("a baseline that begins anew instead of going on is seen", async () => {
    const folder = mutatedCopy(join(repositoryRoot, "baselines/langgraph"), {
      file: "threads.ts",
      code: "graph.invoke(null, { ...options, ...thread })",
      becomes: "graph.invoke(input, { ...options, ...thread })",
    });
    const results = await crash(baselineIn(folder, "langgraph-async"));
    expect(outcomes(results)[1]).toEqual([1, "client", true, 1, 1]);
  });

  test("a baseline that forgets requests which it has begun loses them", async () => {
    const folder = mutatedCopy(join(repositoryRoot, "baselines/langgraph"), {
      file: "threads.ts",
      code: "return tasks.length > 0 ?",
      becomes: 'if (tasks.length > 0) throw new Error("It was begun before");\n    return tasks.length > 0 ?',
    });
    const results = await crash(baselineIn(folder, "langgraph-async"));
    expect(results.crashes.map(({ recoveredBy, status }) => [recoveredBy, status])).toEqual([
      [null, 500],
      [null, 500],
    ]);
  });
});

test("what is in the user's environment does not reach systems", async () => {
  vi.stubEnv("SERVICES_URL", "http://127.0.0.1:9").stubEnv("DATABASE_URL", "postgresql://127.0.0.1:9/other");
  vi.stubEnv("PGSSLMODE", "require").stubEnv("DURABILITY", "exit").stubEnv("OPENAI_MODEL", "other");
  try {
    await using plain = await systemOf("vercel-ai-plain").start();
    expect(await workProblem(plain)).toBeUndefined();
    await using stored = await systemOf("langgraph-async").start();
    expect(await workProblem(stored)).toBeUndefined();
  } finally {
    vi.unstubAllEnvs();
  }
});
