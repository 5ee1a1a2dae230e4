import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { pageFiles } from "./contents.ts";
import { codeMarkdown } from "./embeds.ts";
import { parsePage } from "./page.ts";
import { docsRoot } from "./repository.ts";
import { sdkTable } from "./sdk-table.ts";

/**
 * Makes the code and the tables of a page anew.
 *
 * @returns the page as it has to be
 * @throws Error with page and line, if something can't be made
 */
export function updated(page: string, source: string): string {
  const lines = source.split("\n");
  // From the end, so that the lines of the others stay where they are.
  for (const block of parsePage(page, source).blocks.toReversed()) {
    if (block.kind !== "code" && block.kind !== "table") continue;
    try {
      const made = block.kind === "code" ? codeMarkdown(block.source) : sdkTable();
      lines.splice(block.line, block.endLine - block.line - 1, "", made, "");
    } catch (error) {
      throw new Error(`${page}:${block.line}: ${(error as Error).message}`);
    }
  }
  return lines.join("\n");
}

/** The pages that are not as they have to be, and what they have to be. */
export const stalePages = (): Map<string, string> =>
  new Map(
    pageFiles().flatMap((page) => {
      const source = readFileSync(join(docsRoot, page), "utf8");
      const text = updated(page, source);
      return text === source ? [] : [[page, text]];
    }),
  );

if (import.meta.main) {
  new Command("npm run docs:update --")
    .description("Writes into the pages what is made from files: code that runs, and tables of results.")
    .parse();
  const stale = stalePages();
  for (const [page, text] of stale) writeFileSync(join(docsRoot, page), text);
  console.log([...stale.keys()].map((page) => `Written: docs/${page}`).join("\n") || "Every page is up to date.");
}
