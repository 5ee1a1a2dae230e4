import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pageFiles, sourceOf } from "./contents.ts";
import { type Heading, type Link, parsePage } from "./page.ts";
import { isElsewhere, isInRepository, repositoryRoot, targetOf } from "./repository.ts";

/** A link that leads nowhere. */
export interface BrokenLink {
  page: string;
  line: number;
  target: string;
  why: string;
}

/** The links of all pages that lead nowhere: files that are not there, and anchors that no heading has. */
export function brokenLinks(pages = new Map(pageFiles().map((page) => [page, sourceOf(page)]))): BrokenLink[] {
  const anchors = new Map<string, string[]>();
  return [...pages].flatMap(([page, source]) =>
    parsePage(page, source)
      .blocks.filter((block): block is Link => block.kind === "link")
      .flatMap(({ line, target }) => {
        const why = whyBroken(page, target, pages, anchors);
        return why ? [{ page, line, target, why }] : [];
      }),
  );
}

/** @param anchors those of each page that were read already: a page of the reference leads to itself a hundred times */
function whyBroken(
  page: string,
  target: string,
  pages: Map<string, string>,
  anchors: Map<string, string[]>,
): string | undefined {
  if (isElsewhere(target) && !target.startsWith("#")) {
    return /^(https?|mailto):/.test(target) ? undefined : "it is neither relative nor https";
  }
  if (target.startsWith("/")) return "it is not relative, so a forge does not find it";
  let path: string;
  let anchor: string | undefined;
  try {
    ({ path, anchor } = targetOf(page, target));
  } catch (error) {
    return (error as Error).message;
  }
  const inDocs = path.startsWith("docs/") ? path.slice("docs/".length) : undefined;
  const source = inDocs === undefined ? undefined : pages.get(inDocs);
  if (source === undefined && !isInRepository(path)) return `there is no ${path}`;
  if (inDocs !== undefined && source === undefined && !/\.\w+$/.test(path)) return "a link to a page ends in .md";
  if (!anchor) return undefined;
  if (!path.endsWith(".md")) return /^L\d/.test(anchor) ? undefined : "only pages and lines have anchors";
  const known = anchors.get(path) ?? anchorsIn(path, source ?? readFileSync(join(repositoryRoot, path), "utf8"));
  anchors.set(path, known);
  return known.includes(anchor) ? undefined : `${path} has no heading #${anchor}`;
}

const anchorsIn = (path: string, text: string): string[] =>
  parsePage(path, text)
    .blocks.filter((block): block is Heading => block.kind === "heading")
    .map((heading) => heading.anchor);

/**
 * The links of a built site that lead nowhere on it.
 *
 * @param folder what was built
 * @param base where the site will be
 */
export function brokenSiteLinks(folder: string, base = "/"): string[] {
  const files = new Map(
    globSync("**/*.html", { cwd: folder }).map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
  const others = new Set(globSync("**/*.*", { cwd: folder }));
  const broken = new Set<string>();
  for (const [file, html] of files) {
    if (file === "comparison.html" || file === "404.html") continue;
    for (const [, target = ""] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?:|mailto:|data:)/.test(target)) continue;
      const url = new URL(target, `http://site${base}${file}`);
      if (!url.pathname.startsWith(base)) {
        broken.add(`${file}: ${target} leads out of the site`);
        continue;
      }
      const path = decodeURI(url.pathname.slice(base.length));
      const found = [path, `${path}.html`, `${path}index.html`, `${path}/index.html`].find(
        (candidate) => files.has(candidate) || others.has(candidate),
      );
      const anchor = decodeURIComponent(url.hash.slice(1));
      if (found === undefined) broken.add(`${file}: ${target} is not there`);
      else if (anchor && !files.get(found)?.includes(` id="${anchor}"`))
        broken.add(`${file}: ${target} has no such place`);
    }
  }
  return [...broken];
}
