import { expect, test } from "vitest";
import { formatTable } from "../src/pages/table.ts";
import { isAsPromised, recoveryOutcome } from "../src/present.ts";
import { exampleCrash, exampleResults } from "./example-results.ts";

const rows = (table: string) => table.split("\n").map((line) => line.replace(/ {2,}/g, "  "));

test("the table has a row a system, in its group, and says what can't be guessed in four lines", () => {
  const lines = rows(formatTable(exampleResults()));
  expect(lines.slice(5, -4)).toEqual([
    "On Restate",
    "Restate alone  by itself  0 of 3  0 of 2  100  0.25 s  +4.0",
    "Vercel AI SDK  by itself  0 of 3  0 of 2  100  0.35 s  +4.0",
    "Without Restate",
    "Saver, async  after the  0 of 1  0 of 1  100  —  +2.0",
    "  client retried",
    "Saver, sync  after the  0 of 1  0 of 1  100  —  +2.5",
    "  client retried",
    "Vercel AI SDK,  after the  0 of 1  1 of 1  250  —  base",
    "plain  client retried",
    "─".repeat(80),
  ]);
});

test("fits 80 columns, also with long titles, large numbers and long reasons", () => {
  const results = exampleResults();
  for (const info of results.systems) info.title += ", with a title that is longer than anybody needs";
  results.crashes = Array.from({ length: 2000 }, () => results.crashes).flat();
  const reason = "The database did not come up within a minute, which is the most that this run waits for anything.";
  results.notMeasured.push({ system: "vercel-ai", measure: "latencies", reason, failed: true });
  for (const line of formatTable(results).split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(formatTable(results).replaceAll("\n", " ")).toContain(reason);
});

test("has no times of a disturbed run, but the reason", () => {
  const results = exampleResults();
  results.environment.disturbed = "The machine was busy.";
  const lines = rows(formatTable(results));
  expect(lines).toContain("Vercel AI SDK  by itself  0 of 3  0 of 2  100  —  —");
  expect(lines.at(-1)).toBe("No times are shown. The machine was busy.");
});

test("has no numbers of a system that is disqualified, but the reason", () => {
  const results = exampleResults();
  for (const info of results.systems) if (info.name === "vercel-ai") info.disqualified = "C2: it answers 404.";
  const lines = rows(formatTable(results));
  expect(lines).toContain("Vercel AI SDK  —  —  —  —  —  —");
  expect(lines.at(-1)).toBe("Vercel AI SDK gets no numbers: C2: it answers 404.");
});

test("the promise is broken by a lost or wrong answer, a client that had to retry, a repeated completed call, and no numbers", () => {
  const results = exampleResults();
  const broken = (change: Parameters<typeof exampleCrash>[1]) =>
    isAsPromised({ ...results, crashes: [...results.crashes, exampleCrash("vercel-ai", change)] });
  expect(isAsPromised(results)).toBe(true);
  expect(broken({})).toBe(true);
  expect(broken({ recoveredBy: null })).toBe(false);
  expect(broken({ sameAnswer: false })).toBe(false);
  expect(broken({ recoveredBy: "client" })).toBe(false);
  expect(broken({ repeated: { completed: 1, notYetPersisted: 0, inFlight: 0 } })).toBe(false);
  const failed = { system: "vercel-ai", measure: "crashes" as const, reason: "it hung", failed: true };
  expect(isAsPromised({ ...results, notMeasured: [failed] })).toBe(false);
  expect(isAsPromised({ ...results, notMeasured: [{ ...failed, failed: false }] })).toBe(true);
});

test("what the progress says of a recovery is what was seen", () => {
  const { crashes } = exampleResults();
  expect(recoveryOutcome({ crashes }, "vercel-ai")).toBe("answered 350 ms after the restart");
  expect(recoveryOutcome({ crashes }, "saver-sync")).toBe("only after the client retried");
  expect(recoveryOutcome({ crashes: crashes.filter(({ timed }) => !timed) }, "vercel-ai")).toBe("not timed");
  expect(recoveryOutcome({ crashes: [] }, "vercel-ai")).toBe("not timed, since it was not killed");
});
