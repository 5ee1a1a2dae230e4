import type { Page } from "../page.ts";
import type { Sdk } from "../sdks.ts";
import { makeClone } from "./clone.ts";
import { type PageRun, runPage } from "./run-page.ts";

/** How pages are run. */
interface RunOptions {
  /** What is cloned. */
  repository: string;
  sdk: Sdk;
  /** How many pages are run at the same time, each in a clone of its own; there, what one leaves is there for the next. */
  atOnce: number;
  /** Whether the clones stay. */
  keep: boolean;
  onPage: (run: PageRun) => void;
}

/**
 * Runs the commands of pages.
 *
 * @returns how each page went that has commands
 */
export async function runPages(
  pages: Page[],
  { repository, sdk, atOnce, keep, onPage }: RunOptions,
): Promise<PageRun[]> {
  const left = pages.filter(({ blocks }) => blocks.some(({ kind }) => kind === "commands"));
  const runs: PageRun[] = [];
  const work = async () => {
    await using clone = await makeClone(repository, keep);
    for (let page = left.shift(); page; page = left.shift()) {
      const run = await runPage(page, { clone, sdk });
      runs.push(run);
      onPage(run);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, work));
  return runs;
}

/** How a page went, in a line, with what was wrong below it. */
export function pageLine({ file, commands, notRun, seconds, failure }: PageRun): string {
  const count = `${commands} ${commands === 1 ? "command" : "commands"}, ${seconds.toFixed(1)} s`;
  const left = notRun.map(({ line, why }) => `line ${line} ${why}`).join(", ");
  const line = `${failure === undefined ? "ok    " : "FAILED"}  ${file}  ${count}${left && `; not run: ${left}`}`;
  return failure === undefined ? line : `${line}\n${failure.replace(/^/gm, "  ")}`;
}
