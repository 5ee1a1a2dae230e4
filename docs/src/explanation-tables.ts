import type { Results } from "@durable-agents/compare";
import { countCrashes, isOnRestate } from "@durable-agents/compare/summary";
import { findImplementations } from "@durable-agents/testkit";

/** What each implementation's manifest says of how durability is attached. */
export function attachmentTable(): string {
  const rows = findImplementations().map(
    ({ manifest: { title, durableStep, parallelTools, privateApi, knownFailing } }) => {
      const failing = Object.keys(knownFailing).join(", ") || "nothing";
      return `| ${title} | ${durableStep} | ${parallelTools ? "yes" : "no"} | ${privateApi.join("<br>") || "none"} | ${failing} |`;
    },
  );
  return [
    "| | one durable step is | tool calls of a turn in parallel | private API | known to fail |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** What a request leaves in the journals, for each pattern and each implementation. */
export function storageTable({ subjects, storage }: Results): string {
  const columns = subjects.filter((subject) => subject.kind === "implementation" && isOnRestate(subject));
  const patterns = [...new Set(storage.map(({ pattern }) => pattern))];
  const rows = patterns.map((pattern) => {
    const samples = storage.filter((sample) => sample.pattern === pattern);
    const cells = columns.map(({ name }) => {
      const sample = samples.find(({ subject }) => subject === name);
      return sample ? `${sample.entries} in ${(sample.bytes / 1_000).toFixed(1)} kB` : "not measured";
    });
    return `| ${pattern} | ${samples[0]?.modelCalls ?? ""} | ${cells.join(" | ")} |`;
  });
  return [
    `| pattern | model calls | ${columns.map(({ title }) => title).join(" | ")} |`,
    `|---|---:|${"---:|".repeat(columns.length)}`,
    ...rows,
  ].join("\n");
}

/** What was made again after kills of any kind, by how far it was: of everything on Restate together. */
export function repeatsTable({ subjects, crashes }: Results): string {
  const names = subjects
    .filter((subject) => subject.kind === "implementation" && isOnRestate(subject))
    .map(({ name }) => name);
  const { killed, completed, justAnswered, inFlight } = countCrashes(
    crashes.filter(({ subject }) => names.includes(subject)),
  );
  const row = (what: string, { of, repeated }: typeof completed) =>
    `| ${what} | ${of.toLocaleString("en-GB")} | ${repeated.toLocaleString("en-GB")} |`;
  return [
    `| at the kill, the answer of a model call | in ${killed.toLocaleString("en-GB")} kills | made again |`,
    "|---|---:|---:|",
    row("was in the journal", completed),
    row("had arrived in the last moment", justAnswered),
    row("was not there yet", inFlight),
  ].join("\n");
}
