import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { Listr } from "listr2";
import { median } from "simple-statistics";
import { Comparison, type ComparisonOptions } from "./compare.ts";
import { wrap } from "./pages/markdown.ts";
import { renderReport } from "./pages/report.ts";
import { formatMeaning, formatTable, tableLegend } from "./pages/table.ts";
import type { Results } from "./results.ts";
import type { Subject } from "./subjects.ts";

/** Compares subjects, with progress in the terminal. */
export async function runComparison(subjects: Subject[], options: ComparisonOptions): Promise<Results> {
  const comparison = new Comparison(subjects, options);
  type Stage = (subject: Subject, onProgress: (what: string) => void) => Promise<void>;
  const each = (stage: Stage, outcome: (name: string) => string) =>
    subjects.map((subject) => ({
      title: subject.info.title,
      task: async (_: unknown, row: { title: string; output: string }) => {
        await stage(subject, progressOf(row));
        row.title = `${subject.info.title}: ${outcome(subject.info.name)}`;
      },
    }));
  const crash = each(
    (...subject) => comparison.crash(...subject),
    (name) => crashOutcome(comparison.results, name),
  );
  const recover = each(
    (...subject) => comparison.recover(...subject),
    (name) => recoveryOutcome(comparison.results, name),
  );
  await new Listr(
    [
      // Counts do not depend on what else the machine does; times do.
      { title: "What becomes of requests", task: (_, task) => task.newListr(crash, { concurrent: 2 }) },
      { title: "How soon they go on", task: (_, task) => task.newListr(recover) },
      {
        title: "What durability costs when nothing fails",
        task: (_, row) => comparison.measureCosts(progressOf(row)),
      },
    ],
    { registerSignalListeners: false, rendererOptions: { collapseSubtasks: false }, fallbackRenderer: "simple" },
  ).run();
  return comparison.results;
}

/** Shows what is being done; where it can't be overwritten, only what comes after something else. */
function progressOf(row: { output: string }): (what: string) => void {
  let last = "";
  return (what) => {
    const [kind = ""] = what.split(":");
    if (process.stdout.isTTY || kind !== last) row.output = what;
    last = kind;
  };
}

/** What became of one subject's requests, in a few words. */
function crashOutcome({ subjects, crashes, notMeasured }: Results, name: string): string {
  const problem = subjects.find((subject) => subject.name === name)?.disqualified;
  if (problem !== undefined) return `gets no numbers: ${problem}`;
  const own = crashes.filter(({ subject }) => subject === name);
  if (own.length === 0) return `not killed: ${notMeasured.find(({ subject }) => subject === name)?.reason}`;
  const count = (by: "itself" | "the caller" | null) => own.filter(({ resumedBy }) => resumedBy === by).length;
  const lost = count(null) > 0 ? `, ${count(null)} lost` : "";
  return `${own.length} requests struck, ${count("itself")} went on by themselves${lost}`;
}

/** How soon one subject's requests went on, in a few words. */
export function recoveryOutcome({ crashes }: Pick<Results, "crashes">, name: string): string {
  const own = crashes.filter(({ subject, disaster }) => subject === name && disaster === "service");
  if (own.length === 0) return "not timed, since it was not killed";
  if (own.every(({ resumedBy }) => resumedBy !== "itself")) return "only when somebody asks again";
  const times = own.filter(({ alone }) => alone).flatMap(({ untilAnswer }) => untilAnswer ?? []);
  return times.length > 0 ? `answered after ${Math.round(median(times))} ms` : "not timed";
}

const reportBeside = (output: string) => output.replace(/(\.json)?$/, ".html");

/**
 * Looks whether results can be written, before there are any.
 *
 * @throws Error that names the file, if not
 */
export function requireWritable(output: string): void {
  for (const file of [output, reportBeside(output)]) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      const existed = existsSync(file);
      // "a" leaves alone what is there.
      closeSync(openSync(file, "a"));
      if (!existed) rmSync(file);
    } catch (error) {
      throw new Error(`${file} can't be written: ${(error as Error).message}. --output takes a file's name.`);
    }
  }
}

/** Writes results, and the report beside them. @returns the report's file */
export function writeResults(results: Results, output: string): string {
  const report = reportBeside(output);
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, formatResults(results));
  writeFileSync(report, renderReport(results));
  return report;
}

/** Results as JSON, a line a sample: as short as it can be read and compared. */
function formatResults(results: Results): string {
  const fields = Object.entries(results).map(([name, value]) => {
    const lines = Array.isArray(value) ? value.map((sample) => `\n    ${JSON.stringify(sample)}`) : undefined;
    const text = lines ? `[${lines.join(",")}${lines.length > 0 ? "\n  " : ""}]` : JSON.stringify(value);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}

/** Prints the table, what it means, and what its columns are. */
export function printResults(results: Results): void {
  console.log(`\n${formatTable(results)}\n`);
  console.log(wrap(formatMeaning(results), 80));
  console.log(`\n${wrap(tableLegend, 80)}`);
}

/** How files are named in the terminal. */
export const shown = (file: string) => relative(process.cwd(), file);

/**
 * Whether everybody who promises durability keeps the promise: each request answered without anybody asking, with the same
 * answer, and no completed call repeated; and whether there is anybody who got no numbers, or not those of its crashes.
 */
export function isAsPromised({ subjects, crashes, notMeasured }: Results): boolean {
  const promises = new Set(subjects.filter(({ kind }) => kind !== "control").map(({ name }) => name));
  const kept = crashes
    .filter(({ subject }) => promises.has(subject))
    .every(({ resumedBy, sameAnswer, repeated }) => resumedBy === "itself" && sameAnswer && repeated.completed === 0);
  const failed = notMeasured.some(
    ({ subject, measure, failed }) => promises.has(subject) && measure === "crashes" && failed,
  );
  return kept && !failed && subjects.every(({ disqualified }) => disqualified === undefined);
}
