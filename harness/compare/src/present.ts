import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Listr } from "listr2";
import { median } from "simple-statistics";
import { Comparison, type ComparisonOptions } from "./compare.ts";
import { crashPicture } from "./pages/picture.ts";
import { singleFile } from "./pages/single-file.ts";
import { formatTable } from "./pages/table.ts";
import type { Results } from "./results.ts";
import type { System } from "./systems.ts";

/** Compares systems, with progress in the terminal. */
export async function runComparison(systems: System[], options: ComparisonOptions): Promise<Results> {
  await using comparison = new Comparison(systems, options);
  type Stage = (system: System, onProgress: (what: string) => void) => Promise<void>;
  const each = (stage: Stage, outcome: (results: Results, name: string) => string) =>
    systems.map((system) => ({
      title: system.info.title,
      task: async (_: unknown, row: { title: string; output: string }) => {
        await stage(system, progressOf(row));
        row.title = `${system.info.title}: ${outcome(comparison.results, system.info.name)}`;
      },
    }));
  const crash = each((...system) => comparison.crash(...system), crashOutcome);
  const recover = each((...system) => comparison.recover(...system), recoveryOutcome);
  await new Listr(
    [
      // Counts do not depend on what else the machine does; times do.
      { title: "How killed requests end", task: (_, task) => task.newListr(crash, { concurrent: 2 }) },
      { title: "How soon systems recover", task: (_, task) => task.newListr(recover) },
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

/** How one system's requests ended, in a few words. */
function crashOutcome({ systems, crashes, notMeasured }: Results, name: string): string {
  const problem = systems.find((system) => system.name === name)?.disqualified;
  if (problem !== undefined) return `gets no numbers: ${problem}`;
  const own = crashes.filter(({ system }) => system === name);
  if (own.length === 0) return `not killed: ${notMeasured.find(({ system }) => system === name)?.reason}`;
  const count = (by: "itself" | "client" | null) => own.filter(({ recoveredBy }) => recoveredBy === by).length;
  const lost = count(null) > 0 ? `, ${count(null)} lost` : "";
  return `${own.length} requests killed, ${count("itself")} recovered by themselves${lost}`;
}

/** How soon one system recovers, in a few words. */
export function recoveryOutcome({ crashes }: Pick<Results, "crashes">, name: string): string {
  const own = crashes.filter(({ system, target }) => system === name && target === "service");
  if (own.length === 0) return "not timed, since it was not killed";
  if (own.every(({ recoveredBy }) => recoveredBy !== "itself")) return "only after the client retried";
  const times = own.filter(({ timed }) => timed).flatMap(({ recoveryTime }) => recoveryTime ?? []);
  return times.length > 0 ? `answered ${Math.round(median(times))} ms after the restart` : "not timed";
}

const pageBeside = (output: string) => output.replace(/(\.json)?$/, ".html");

/**
 * Looks whether results can be written, before there are any.
 *
 * @throws Error that names the file, if not
 */
export function requireWritable(output: string): void {
  for (const file of [output, pageBeside(output)]) {
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

/** Writes results, and the page beside them. @returns the page's file */
export async function writeResults(results: Results, output: string): Promise<string> {
  writeFileSync(output, formatResults(results));
  return writePage(results, output);
}

/** Writes the results page beside results. @returns its file */
export async function writePage(results: Results, output: string): Promise<string> {
  const page = pageBeside(output);
  writeFileSync(page, await singleFile(results));
  return page;
}

/** Writes the picture of one crash beside results that have it: those of a full run. @returns its file */
export function writePicture(results: Results, output: string): string {
  const picture = join(dirname(output), "crash.svg");
  writeFileSync(picture, crashPicture(results));
  return picture;
}

/** Results as JSON, a line a sample: as short as it can be read and compared. */
export function formatResults(results: Results): string {
  const fields = Object.entries(results).map(([name, value]) => {
    const lines = Array.isArray(value) ? value.map((sample) => `\n    ${JSON.stringify(sample)}`) : undefined;
    const text = lines ? `[${lines.join(",")}${lines.length > 0 ? "\n  " : ""}]` : JSON.stringify(value);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}

/** Prints the table. */
export const printResults = (results: Results) => console.log(`\n${formatTable(results)}`);

/** How files are named in the terminal. */
export const shown = (file: string) => relative(process.cwd(), file);

/**
 * Whether every system that promises durability keeps the promise: each request answered without a retry of the client, with
 * the same answer, and no completed call repeated; and whether every system got its numbers.
 */
export function isAsPromised({ systems, crashes, notMeasured }: Results): boolean {
  const promises = new Set(systems.filter(({ kind }) => kind !== "baseline").map(({ name }) => name));
  const kept = crashes
    .filter(({ system }) => promises.has(system))
    .every(
      ({ recoveredBy, sameAnswer, repeated }) => recoveredBy === "itself" && sameAnswer && repeated.completed === 0,
    );
  const failed = notMeasured.some(
    ({ system, measure, failed }) => promises.has(system) && measure === "crashes" && failed,
  );
  return kept && !failed && systems.every(({ disqualified }) => disqualified === undefined);
}
