import { describe, expect, test } from "vitest";
import { assignLanes } from "../src/pages/browser/swim-lanes.ts";
import { addedPerCallOf, countCrashes, headlinesOf, presentable, recoveryTimeOf } from "../src/pages/summary.ts";
import type { CrashSample, Results, Timeline } from "../src/results.ts";
import { exampleCrash, exampleResults } from "./example-results.ts";

const outcomesOf = (change: Partial<CrashSample>) => countCrashes([exampleCrash("vercel-ai", change)]).outcomes;
const headline = (results: Results, title: string) => headlinesOf(results).find((it) => it.title === title);

test("a request without an answer, or with another status than 200, is lost; another answer is counted as such", () => {
  expect(outcomesOf({})).toMatchObject({ itself: 1, client: 0, lost: 0 });
  expect(outcomesOf({ recoveredBy: null, status: 0 })).toMatchObject({ itself: 0, lost: 1 });
  expect(outcomesOf({ status: 500 })).toMatchObject({ itself: 0, lost: 1 });
  expect(outcomesOf({ sameAnswer: false })).toMatchObject({ itself: 0, "another answer": 1 });
});

test("tokens are counted of requests that were killed together, as of every system", () => {
  const repeating = (inFlight: number, timed: boolean) =>
    exampleCrash("vercel-ai", { timed, tokensRepeated: { completed: 0, notYetPersisted: 0, inFlight } });
  const samples = [repeating(100, false), repeating(300, false), repeating(1_000_000, true)];
  expect(countCrashes(samples).tokens.total).toBe(200);
});

describe("the main numbers", () => {
  test("are those of everything with the same engine: Restate first, SDKs alone last", () => {
    expect(headlinesOf(exampleResults()).map(({ counts, ...rest }) => Object.values(rest))).toEqual([
      ["On Restate", 2, "0 of 6", "by itself", "0 of 4", "6 of 6", "100", "0.25 to 0.35 s", "+4.0 ms"],
      ["Saver", 2, "0 of 2", "after the client retried", "0 of 2", "2 of 2", "100", "—", "+2.0 to +2.5 ms"],
      ["SDK alone", 1, "0 of 1", "after the client retried", "1 of 1", "1 of 1", "250", "—", "—"],
    ]);
  });

  test("are of kills of the service only", () => {
    const results = exampleResults();
    results.crashes.push(exampleCrash("vercel-ai", { target: "server", status: 500 }));
    expect(headlinesOf(results)).toEqual(headlinesOf(exampleResults()));
  });

  test("name what fell short", () => {
    const results = exampleResults();
    results.crashes.push(
      exampleCrash("vercel-ai", { recoveredBy: null, status: 0 }),
      exampleCrash("vercel-ai", { recoveredBy: "client", repeated: { completed: 1, notYetPersisted: 0, inFlight: 0 } }),
    );
    expect(headline(results, "On Restate")).toMatchObject({
      ...{ lost: "1 of 8", recovers: "by itself 6, after the client retried 1", repeated: "1 of 6" },
    });
  });

  test("leave out what was not killed", () => {
    expect(headlinesOf({ ...exampleResults(), crashes: [] })).toEqual([]);
  });
});

test("added milliseconds are the difference of the medians by the calls of the critical path", () => {
  const results = exampleResults();
  const add = (system: string, milliseconds: number) =>
    results.latencies.push({ system, pattern: "orchestrator-worker", modelLatency: 0, round: 1, milliseconds });
  add("vercel-ai", 90);
  add("vercel-ai-plain", 60);
  const [, vercel, , , plain] = results.systems as [never, Results["systems"][0], never, never, Results["systems"][0]];
  // 8 ms in two calls of the router, 30 ms in three of the other: the median of 4 and 10.
  expect(addedPerCallOf(results, vercel)).toBe(7);
  expect(addedPerCallOf(results, plain)).toBeUndefined();
  expect(addedPerCallOf({ ...results, systems: [vercel], latencies: [] }, vercel)).toBeUndefined();
});

describe("what may be shown", () => {
  test("has counts and no times of a disturbed run", () => {
    const results = exampleResults();
    results.environment.disturbed = "The machine was busy.";
    const shown = presentable(results);
    expect(recoveryTimeOf(results, "vercel-ai")?.median).toBe(350);
    expect(recoveryTimeOf(shown, "vercel-ai")).toBeUndefined();
    expect(headline(shown, "On Restate")).toMatchObject({ lost: "0 of 6", recoveryTime: "—", addedPerCall: "—" });
  });

  test("has nothing of a system that is disqualified, nor costs that are compared with it", () => {
    const results = exampleResults();
    for (const info of results.systems) if (info.sdkAlone === null) info.disqualified = "C2: it answers 404.";
    expect(headlinesOf(presentable(results)).map(({ title, addedPerCall }) => [title, addedPerCall])).toEqual([
      ["On Restate", "—"],
      ["Saver", "—"],
    ]);
  });
});

test("in a timeline, calls of one agent share a lane unless they overlap, each repeat with what it repeats", () => {
  const call = (agent: string, started: number, ended: number, rest: Partial<Timeline["calls"][number]> = {}) => ({
    ...{ agent, started, ended, outcome: "answered" as const, repeats: null },
    ...rest,
  });
  const lanes = assignLanes([
    call("planner", 0, 100),
    call("worker", 110, 200),
    call("worker", 111, 300, { outcome: "abandoned" }),
    call("planner", 910, 1000, { repeats: "completed" }),
    call("worker", 1010, 1200, { repeats: "in flight" }),
    call("worker", 1011, 1200, { repeats: "completed" }),
  ]);
  expect(lanes.map(({ agent, calls }) => [agent, calls.map(({ started }) => started)])).toEqual([
    ["planner", [0, 910]],
    ["worker", [110, 1011]],
    ["worker", [111, 1010]],
  ]);
});
