import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";
import { patterns, type Sample } from "../src/comparison.ts";
import { systems } from "../src/systems.ts";
import { formatTable, type Results } from "../src/table.ts";

const recorded: Results = JSON.parse(readFileSync(join(repositoryRoot, "results/langgraph-control.json"), "utf8"));
const samplesOf = (name: string) => recorded.samples.filter(({ system }) => system === name);

test("README's table follows from the committed samples, and fits a terminal of 80 columns", () => {
  const table = formatTable(recorded);
  expect(readFileSync(join(import.meta.dirname, "../README.md"), "utf8")).toContain(table);
  for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("the samples are of the versions that are installed; if not, npm run control takes new ones", () => {
  expect(recorded.systems).toEqual(systems.map(({ name, title }) => ({ name, title })));
});

describe.each(systems)("of $name", ({ name }) => {
  test("each pattern was killed after every number of completed calls, and answered in the end", () => {
    const moments = patterns.flatMap(({ pattern, request }) =>
      Array.from({ length: request.modelCalls }, (_, completed) => [pattern, completed]),
    );
    const samples = samplesOf(name);
    expect(samples.map(({ pattern, completedBeforeKill }) => [pattern, completedBeforeKill])).toEqual(moments);
    for (const sample of samples) expect(sample).toMatchObject({ status: 200, sameAnswer: true });
  });

  test("the same calls were in flight as of the others", () => {
    const inFlight = (samples: Sample[]) => samples.map(({ inFlightAtKill }) => inFlightAtKill);
    expect(inFlight(samplesOf(name))).toEqual(inFlight(samplesOf("restate")));
  });
});

test("what README says of them: who resumes, and what is repeated", () => {
  for (const { system, resumedBy, repeated, completedBeforeKill, inFlightAtKill } of recorded.samples) {
    expect(resumedBy).toBe(system === "restate" ? "itself" : "the caller");
    expect(repeated).toEqual({ completed: system === "memory" ? completedBeforeKill : 0, inFlight: inFlightAtKill });
  }
});

test("the table shows what fell short", () => {
  const [sample] = samplesOf("restate") as [Sample];
  const flaw = { resumedBy: null, status: 500, sameAnswer: false, repeated: { completed: 2, inFlight: 0 } };
  const samples = [sample, { ...sample, ...flaw, completedBeforeKill: 3 }];
  expect(formatTable({ systems: recorded.systems.slice(-1), samples })).toMatch(
    /1 of 2 │ +0 of 1 │ +1 of 2 │ +2 of 3 │ +1 of 2 │/,
  );
});
