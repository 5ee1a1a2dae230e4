import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MeasuredOn } from "@durable-agents/testkit";
import { titleOf } from "../contents.ts";
import { docsRoot } from "../repository.ts";
import type { PageRun } from "./run-page.ts";

/** How long the commands of the tutorial's pages took, and on what. */
export interface Minutes {
  measuredOn: MeasuredOn;
  pages: { page: string; commands: number; notRun: number; seconds: number }[];
}

const file = join(docsRoot, "tutorial/minutes.json");

/** Writes docs/tutorial/minutes.json, which the tutorial's table is made from. */
export function recordMinutes(measuredOn: MeasuredOn, runs: PageRun[]): void {
  const pages = runs.map(({ file: page, commands, notRun, seconds }) => ({
    page: page.replace(/^docs\//, ""),
    commands,
    notRun: notRun.length,
    seconds: Math.round(seconds * 10) / 10,
  }));
  writeFileSync(file, `${JSON.stringify({ measuredOn, pages } satisfies Minutes, null, 2)}\n`);
}

const recorded = (): Minutes | undefined => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);

/** The table of the tutorial's index, from docs/tutorial/minutes.json; says so if nothing was measured. */
export function minutesTable(minutesOfPages = recorded()): string {
  if (!minutesOfPages) return "Not measured yet: `npm run docs:commands -- --record` does it.";
  const { measuredOn, pages } = minutesOfPages;
  const withCommands = pages.filter(({ commands }) => commands > 0);
  const seconds = withCommands.reduce((sum, page) => sum + page.seconds, 0);
  const rows = withCommands.map(
    ({ page, commands, seconds }) =>
      `| [${titleOf(page)}](${page.replace("tutorial/", "")}) | ${commands} | ${minutes(seconds)} |`,
  );
  return [
    "| Page | Commands | Minutes |",
    "|---|---:|---:|",
    ...rows,
    `| All | ${withCommands.reduce((sum, { commands }) => sum + commands, 0)} | ${minutes(seconds)} |`,
    "",
    `Minutes that the commands took, one after the other in a fresh clone, without the reading. The first one installs ` +
      `everything. Measured on ${measuredOn.date.slice(0, 10)} with ${measuredOn.cores} cores and ` +
      `${measuredOn.memoryGiB} GiB, ${measuredOn.system}.`,
  ].join("\n");
}

const minutes = (seconds: number) => (seconds / 60).toFixed(1);
