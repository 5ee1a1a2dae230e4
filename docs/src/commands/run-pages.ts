import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "../page.ts";
import type { Sdk } from "../sdks.ts";
import { Clone } from "./clone.ts";
import { type PageRun, runPage } from "./run-page.ts";

export interface RunOptions {
  /** What is cloned. */
  repository: string;
  /** Whose name stands in commands and outputs. */
  sdk: Sdk;
  /** Whether the clone stays. */
  keep?: boolean;
  /** Gets how each page went, as soon as it is known. */
  onPage?: (run: PageRun) => void;
}

/**
 * Runs the commands of pages, one page after the other, in one clone: what a page leaves behind is there for the next.
 *
 * @returns how each page went, and where the clone is if it was kept
 */
export async function runPages(
  pages: Page[],
  { repository, sdk, keep = false, onPage }: RunOptions,
): Promise<{ runs: PageRun[]; kept: string | undefined }> {
  await using clone = await Clone.make(repository, { keep });
  const runs: PageRun[] = [];
  for (const page of pages) {
    const isInstalled = existsSync(join(clone.root, "node_modules"));
    const run = await runPage(page, clone, sdk, { isInstalled });
    runs.push(run);
    onPage?.(run);
  }
  return { runs, kept: keep ? clone.root : undefined };
}

/** How a page went, in a line, with what was wrong below it. */
export function pageLine({ file, commands, notRun, seconds, failure }: PageRun): string {
  const count = `${commands} ${commands === 1 ? "command" : "commands"}`;
  const left = notRun.map(({ line, why }) => `line ${line} ${why}`).join(", ");
  return [
    `${failure === undefined ? "ok    " : "FAILED"}  ${file}  ${count}, ${seconds.toFixed(1)} s${left && `; not run: ${left}`}`,
    ...(failure === undefined ? [] : [failure.replace(/^/gm, "  ")]),
  ].join("\n");
}
