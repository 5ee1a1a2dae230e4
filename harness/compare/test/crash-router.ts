import { findPattern } from "@durable-agents/testkit";
import { Comparison, type ComparisonOptions } from "../src/compare.ts";
import type { Results } from "../src/results.ts";
import { findSystems, type System } from "../src/systems.ts";

export const systemOf = (name: string) => findSystems().find(({ info }) => info.name === name) as System;

export const quickly: ComparisonOptions = { mode: "quick", command: "test", patterns: [findPattern("router")] };

/** Kills a system at each crash point of the router. */
export async function crashRouter(system: System): Promise<Results> {
  await using comparison = new Comparison([system], quickly);
  await comparison.crash(system);
  return comparison.results;
}

/** Of each killed request: the crash point, who recovered it, whether the answer is the same, and what was repeated. */
export const outcomes = ({ crashes }: Results) =>
  crashes.map(({ crashPoint, recoveredBy, sameAnswer, repeated: { completed, inFlight } }) => [
    crashPoint,
    recoveredBy,
    sameAnswer,
    completed,
    inFlight,
  ]);
