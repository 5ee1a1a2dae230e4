import { readImplementation } from "@durable-agents/testkit";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { type Check, clauseOf, clauseTitles } from "./check.ts";
import { allChecks, type CheckResult, knownReason, runConformance } from "./run.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How often D3 runs each pattern. */
    rounds: number;
    /** Whether what takes long is run, too. */
    slow: boolean;
  }
}

/**
 * Makes a vitest test of every check that belongs to the project, quick or slow, for an implementation's own test file. A
 * known failure is run too, and its test fails when it passes.
 *
 * @param folder the implementation's folder, which holds its package.json
 */
export function specTest(folder: string): void {
  const isRun = ({ id, slow = false }: Check) =>
    // What replays show, they show in rounds: more of them take longer.
    inject("slow") ? slow || clauseOf(id) === "D3" : !slow;
  const checks = allChecks.filter(isRun);
  const { knownFailing } = readImplementation(folder).manifest;
  const outcomes = new Map(checks.map(({ id }) => [id, Promise.withResolvers<CheckResult>()]));
  let run: Promise<unknown>;

  beforeAll(() => {
    run = runConformance({
      system: { folder },
      knownFailing,
      // As many as D3 has under way at the same time, at least.
      rounds: Math.max(10, inject("rounds")),
      tracksAtOnce: 1,
      filter: isRun,
      onResult: (result) => outcomes.get(result.id)?.resolve(result),
    });
    run.catch((error) => {
      for (const { reject } of outcomes.values()) reject(error);
    });
  });
  afterAll(() => run);

  for (const [clause, ofClause] of Map.groupBy(checks, ({ id }) => clauseOf(id))) {
    describe(`${clause} ${clauseTitles[clause]}`, () => {
      for (const { id, title } of ofClause) {
        const known = knownReason(knownFailing, id) ? " (known to fail: see package.json)" : "";
        test(`${id}: ${title}${known}`, async () => {
          const result = await outcomes.get(id)?.promise;
          if (result?.outcome === "failed" || result?.outcome === "fixed") throw new Error(result.message);
        });
      }
    });
  }
}
