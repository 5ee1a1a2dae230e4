import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { codeMarkdown, codeOf } from "./code.ts";
import { pageFiles, sourceOf } from "./contents.ts";
import { type CodeEmbed, parsePage } from "./page.ts";
import { referencePages } from "./reference/index.ts";
import { docsRoot } from "./repository.ts";
import { sections } from "./sections.ts";

/** What makes whole pages, each a path in `docs/` and its text. */
export const pageMakers: (() => Promise<Map<string, string>>)[] = [referencePages];

/** @returns the page with what is made from files and measurements made anew */
export function updated(page: string, source: string): string {
  const lines = source.split("\n");
  const embeds = parsePage(page, source).blocks.filter((block): block is CodeEmbed => block.kind === "code");
  // From the end, so that the lines of the others stay where they are.
  for (const embed of embeds.reverse()) {
    lines.splice(embed.line, embed.endLine - embed.line - 1, "", codeMarkdown(codeOf(page, embed)), "");
  }
  return lines
    .join("\n")
    .replace(
      /^(<!-- made: ([\w-]+) -->\n)[\s\S]*?(<!-- \/made -->)$/gm,
      (_, start: string, name: string, end: string) => {
        const make = sections[name];
        if (!make) throw new Error(`${page}: nothing makes ${name}; there is ${Object.keys(sections).join(", ")}`);
        return `${start}\n${make()}\n\n${end}`;
      },
    );
}

/** What every page has to be, of those that are not. */
export async function stalePages(): Promise<Map<string, string>> {
  const pages = new Map(pageFiles().map((page) => [page, sourceOf(page)]));
  for (const make of pageMakers) for (const [page, text] of await make()) pages.set(page, text);
  return new Map(
    [...pages]
      .map(([page, source]) => [page, updated(page, source)] as const)
      .filter(
        ([page, text]) => !existsSync(join(docsRoot, page)) || readFileSync(join(docsRoot, page), "utf8") !== text,
      ),
  );
}

async function main({ check }: { check?: boolean }): Promise<void> {
  const stale = await stalePages();
  const names = [...stale.keys()].map((page) => `docs/${page}`).join("\n");
  if (check) {
    if (stale.size === 0) return console.log("Every page is up to date.");
    console.error(`These pages are not what npm run docs:update makes of them:\n${names}`);
    process.exitCode = 1;
    return;
  }
  for (const [page, text] of stale) {
    mkdirSync(dirname(join(docsRoot, page)), { recursive: true });
    writeFileSync(join(docsRoot, page), text);
  }
  console.log(stale.size === 0 ? "Every page is up to date." : `Written:\n${names}`);
}

if (import.meta.main) {
  const program = new Command("npm run docs:update --")
    .description("Writes into the pages what is made from files that run: code, tables of results, the reference.")
    .option("--check", "write nothing; exit with 1 if a page is not up to date")
    .parse();
  await main(program.opts());
}
