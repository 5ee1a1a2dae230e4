import { clauseOf, clauseTitles } from "./check.ts";
import type { CheckResult } from "./run.ts";

/**
 * One line a clause, and under it what fell short.
 *
 * @param results of the checks of one or more clauses
 */
export function formatResults(results: CheckResult[]): string {
  const clauses = Map.groupBy(results, ({ id }) => clauseOf(id));
  return Object.keys(clauseTitles)
    .filter((clause) => clauses.has(clause))
    .map((clause) => formatClause(clause, clauses.get(clause) ?? []))
    .join("\n");
}

function formatClause(clause: string, results: CheckResult[]): string {
  const count = (outcome: CheckResult["outcome"]) => results.filter((result) => result.outcome === outcome).length;
  const fellShort = count("failed") + count("fixed");
  const verdict = fellShort > 0 ? "FAIL" : count("known") > 0 ? "known" : count("passed") === 0 ? "n/a" : "pass";
  const seconds = results.reduce((sum, { duration }) => sum + duration, 0) / 1000;
  const judged = results.length - count("not judged");
  const tally =
    judged === results.length ? `${count("passed")}/${results.length}` : `${count("passed")}/${judged} judged`;
  const details = results
    .filter(({ outcome }) => outcome !== "passed" && outcome !== "not judged")
    .map(({ id, outcome, message }) => `      ${id} ${outcome}: ${message?.replaceAll("\n", "\n        ")}`);
  const notJudged = Map.groupBy(
    results.filter(({ outcome }) => outcome === "not judged"),
    ({ message }) => message,
  );
  for (const [reason, checks] of notJudged) details.push(`      ${checks.length} not judged: ${reason}`);
  return [
    `${clause}  ${verdict.padEnd(5)} ${clauseTitles[clause]} (${tally}, ${seconds.toFixed(1)} s)`,
    ...details,
  ].join("\n");
}

/** Whether a run may end with exit code 0. */
export const isConformant = (results: CheckResult[]) =>
  results.some(({ outcome }) => outcome === "passed" || outcome === "known") &&
  results.every(({ outcome }) => outcome !== "failed" && outcome !== "fixed");
