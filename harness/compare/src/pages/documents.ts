import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@durable-agents/testkit";
import type { Results } from "../results.ts";
import { wrap } from "./markdown.ts";
import { formatPage } from "./page.ts";
import { renderReport } from "./report.ts";
import { formatMeaning, formatTable, tableLegend } from "./table.ts";

// What is made from the committed results and committed beside them. README.md is written by hand but for the part between
// two marks.

const START = "<!-- made by npm run compare from results/comparison.json -->";
const END = "<!-- up to here -->";

/** How long lines in README.md are. */
const LINE = 120;

/** Each document's path in the repository, and what it has to be. */
function documents(results: Results): Record<string, string> {
  return {
    "README.md": readmeWith(results),
    "results/README.md": formatPage(results),
    "results/comparison.html": renderReport(results),
  };
}

/** @throws Error if README.md has lost its marks */
function readmeWith(results: Results): string {
  const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
  const [before, rest] = readme.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`README.md has no place between ${START} and ${END}`);
  const table = `\`\`\`\n${formatTable(results)}\n\`\`\``;
  return `${before}${START}\n\n${table}\n\n${wrap(formatMeaning(results), LINE)}\n\n${wrap(tableLegend, LINE)}\n\n${END}${after}`;
}

/** Writes the documents. @returns their paths in the repository */
export function writeDocuments(results: Results): string[] {
  for (const [path, text] of Object.entries(documents(results))) writeFileSync(join(repositoryRoot, path), text);
  return Object.keys(documents(results));
}

/** @returns the paths of the documents that do not follow from the results */
export function checkDocuments(results: Results): string[] {
  return Object.entries(documents(results))
    .filter(([path, text]) => {
      const file = join(repositoryRoot, path);
      return !existsSync(file) || readFileSync(file, "utf8") !== text;
    })
    .map(([path]) => path);
}
