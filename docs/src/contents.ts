import { globSync } from "node:fs";
import { join } from "node:path";
import { blocksOf, readPage } from "./page.ts";
import { docsRoot } from "./repository.ts";

/** A part of the documentation: its pages, as paths in `docs/`, of which the first is the part's own. */
export interface Part {
  title: string;
  pages: string[];
}

/** Every page that is written here; the reference of the libraries is made from them. */
export const pageFiles = (): string[] =>
  globSync("**/*.md", {
    cwd: docsRoot,
    exclude: (name) => ["node_modules", ".vitepress", "api"].includes(name),
  }).sort();

/** The parts, each with its pages in the order in which its own one links to them. */
export const contents = (): Part[] =>
  ["tutorial", "guides", "reference", "explanation"].map((folder) => {
    const own = `${folder}/index.md`;
    const linked = blocksOf(readPage(join(docsRoot, own)), "link").map(({ target }) => `${folder}/${target}`);
    const pages = pageFiles().filter((page) => page.startsWith(`${folder}/`) && page !== own);
    const place = (page: string) => (linked.includes(page) ? linked.indexOf(page) : linked.length);
    const made = globSync(`${folder}/api/*.md`, { cwd: docsRoot }).sort();
    return { title: titleOf(own), pages: [own, ...pages.sort((a, b) => place(a) - place(b)), ...made] };
  });

/** What a page is called: its first heading. */
export function titleOf(page: string): string {
  const [heading] = blocksOf(readPage(join(docsRoot, page)), "heading");
  if (!heading) throw new Error(`${page} has no heading`);
  return heading.text;
}
