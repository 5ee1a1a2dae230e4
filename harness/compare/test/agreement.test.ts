import { expect, test } from "vitest";
import { agreementOf, formatAgreement } from "../src/pages/agreement.ts";
import type { CrashSample, Results } from "../src/results.ts";
import { exampleResults } from "./example-results.ts";

const results = exampleResults();
const withCrashes = (change: (sample: CrashSample) => CrashSample): Results => ({
  ...results,
  crashes: results.crashes.map(change),
});

test("a run agrees with itself", () => {
  const { counts, times } = agreementOf(results, results);
  expect([counts.differ, times.differ]).toEqual([[], []]);
  expect(counts.compared).toBeGreaterThan(200);
  expect(times.compared).toBeGreaterThan(100);
});

test("a count that differs at an exact moment is named", () => {
  const other = withCrashes((sample) =>
    sample.subject === "vercel-ai" &&
    sample.pattern === "router" &&
    sample.crashPoint === 1 &&
    sample.disaster === "service" &&
    sample.moment === "exact" &&
    !sample.alone
      ? { ...sample, repeated: { ...sample.repeated, completed: 1 } }
      : sample,
  );
  const { counts } = agreementOf(results, other);
  expect(counts.differ).toHaveLength(1);
  expect(counts.differ[0]).toMatch(
    /^vercel-ai, the service is killed, router after 1 calls: .*"completed":0.*"completed":1/,
  );
});

test("a request that is lost at a random moment is seen", () => {
  const [lost] = results.crashes.filter(({ moment, subject }) => moment === "random" && subject === "dbos");
  const other = withCrashes((sample) => (sample === lost ? { ...sample, resumedBy: null, status: 0 } : sample));
  const { counts } = agreementOf(results, other);
  expect(counts.differ).toEqual([expect.stringMatching(/^dbos, .*random moments: .*"lost":0.*"lost":1/)]);
});

test("times outside of each other's quartiles are named, as multiples of the baseline's", () => {
  const slower: Results = {
    ...results,
    latencies: results.latencies.map((sample) =>
      sample.subject === "vercel-ai" && sample.pattern === "router"
        ? { ...sample, milliseconds: sample.milliseconds * 3 }
        : sample,
    ),
  };
  const { times } = agreementOf(results, slower);
  expect(times.differ.length).toBeGreaterThan(0);
  for (const text of times.differ) expect(text).toMatch(/^vercel-ai, router at \d+ ms: .* times, and .* times$/);
});

test("it is said in so many words", () => {
  expect(formatAgreement(agreementOf(results, results))).toMatch(
    /^Counts: ([\d,]+) of \1 are equal\.\nTimes: (\d+) of \2 /,
  );
});
