import { join } from "node:path";
import { mutatedCopy, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test, vi } from "vitest";
import { findBaselines } from "../src/baselines.ts";
import { isAsPromised } from "../src/present.ts";
import { workProblem } from "../src/same-work.ts";
import { externalFolder, type System, withoutRestate } from "../src/systems.ts";
import { crashRouter, outcomes, systemOf } from "./crash-router.ts";

/** A baseline's system, whose program is in another folder. */
function baselineIn(folder: string, name: string): System {
  const baseline = findBaselines().find(({ system }) => system.name === name);
  if (!baseline) throw new Error(`There is no baseline ${name}`);
  return withoutRestate({ ...baseline, folder }, null);
}

test("a model call outside of the journal is seen", async () => {
  const folder = mutatedCopy(join(repositoryRoot, "packages/vercel-ai"), {
    file: "durable-model.ts",
    code: "durableCalls(ctx)]",
    becomes: "...[durableCalls(ctx)].slice(1)]",
  });
  const results = await crashRouter(externalFolder(folder));
  expect(outcomes(results)).toEqual([
    [0, "itself", true, 0, 1],
    [1, "itself", true, 1, 1],
  ]);
  expect(isAsPromised(results)).toBe(false);
});

describe("a baseline that is killed", () => {
  test("a baseline that begins anew instead of going on is seen", async () => {
    const folder = mutatedCopy(join(repositoryRoot, "baselines/langgraph"), {
      file: "threads.ts",
      code: "graph.invoke(null, { ...options, ...thread })",
      becomes: "graph.invoke(input, { ...options, ...thread })",
    });
    const results = await crashRouter(baselineIn(folder, "langgraph-async"));
    expect(outcomes(results)[1]).toEqual([1, "client", true, 1, 1]);
  });

  test("a baseline that forgets requests which it has begun loses them", async () => {
    const folder = mutatedCopy(join(repositoryRoot, "baselines/langgraph"), {
      file: "threads.ts",
      code: "return tasks.length > 0 ?",
      becomes: 'if (tasks.length > 0) throw new Error("It was begun before");\n    return tasks.length > 0 ?',
    });
    const results = await crashRouter(baselineIn(folder, "langgraph-async"));
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
