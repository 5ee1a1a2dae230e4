import { readImplementation } from "@durable-agents/testkit";
import { afterAll, beforeAll, describe, test } from "vitest";
import { clauseOf, clauseTitles } from "./check.ts";
import { allChecks, type CheckResult, knownReason, runConformance } from "./run.ts";

/**
 * Makes a vitest test of every check, for an implementation's own test file. A known failure is run too, and its test
 * fails when it passes.
 *
 * @param folder the implementation's folder, which holds its package.json
 */
export function specTest(folder: string): void {
  const { knownFailing } = readImplementation(folder).manifest;
  const outcomes = new Map(allChecks.map(({ id }) => [id, Promise.withResolvers<CheckResult>()]));
  const timeout = 600_000;
  let run: Promise<unknown>;

  beforeAll(() => {
    run = runConformance({
      subject: { folder },
      knownFailing,
      onResult: (result) => outcomes.get(result.id)?.resolve(result),
    });
    run.catch((error) => {
      for (const { reject } of outcomes.values()) reject(error);
    });
  });
  afterAll(() => run, timeout);

  for (const [clause, checks] of Map.groupBy(allChecks, ({ id }) => clauseOf(id))) {
    describe(`${clause} ${clauseTitles[clause]}`, () => {
      for (const { id, title } of checks) {
        const known = knownReason(knownFailing, id) ? " (known to fail: see package.json)" : "";
        test(`${id}: ${title}${known}`, { timeout }, async () => {
          const result = await outcomes.get(id)?.promise;
          if (result?.outcome === "failed" || result?.outcome === "fixed") throw new Error(result.message);
        });
      }
    });
  }
}
