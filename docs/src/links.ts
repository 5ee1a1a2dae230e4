import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@durable-agents/testkit";
import { blocksOf, parsePage } from "./page.ts";
import { isInRepository, targetOf } from "./repository.ts";

/**
 * The links of pages that lead nowhere on a forge: files that are not there, anchors that no heading has.
 *
 * @param pages their texts, by their paths in `docs/`
 * @returns one line for each, with page and line
 */
export function brokenLinks(pages: Map<string, string>): string[] {
  const anchors = new Map<string, string[]>();
  const anchorsOf = (path: string): string[] => {
    const source = pages.get(path.replace(/^docs\//, "")) ?? readFileSync(join(repositoryRoot, path), "utf8");
    const known = anchors.get(path) ?? blocksOf(parsePage(path, source), "heading").map(({ anchor }) => anchor);
    anchors.set(path, known);
    return known;
  };
  const problem = (page: string, target: string): string | undefined => {
    if (/^(https?|mailto):/.test(target)) return undefined;
    if (/^([a-z]+:|\/)/.test(target)) return "it is neither relative nor https";
    const { path, anchor } = targetOf(page, target);
    if (path.startsWith("..")) return "it leads out of the repository";
    if (!pages.has(path.replace(/^docs\//, "")) && !isInRepository(path)) return `there is no ${path}`;
    if (path.startsWith("docs/") && !/\.\w+$/.test(path)) return "a link to a page ends in .md";
    if (!anchor) return undefined;
    if (!path.endsWith(".md")) return /^L\d/.test(anchor) ? undefined : "only pages and lines have anchors";
    return anchorsOf(path).includes(anchor) ? undefined : `${path} has no heading #${anchor}`;
  };
  return [...pages].flatMap(([page, source]) =>
    blocksOf(parsePage(page, source), "link").flatMap(({ line, target }) => {
      const why = problem(page, target);
      return why ? [`${page}:${line}: ${target}: ${why}`] : [];
    }),
  );
}
