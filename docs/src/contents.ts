import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Heading, readPage } from "./page.ts";
import { docsRoot } from "./repository.ts";

/** A part of the documentation, with its pages in the order in which they are read. */
export interface Part {
  title: string;
  /** Paths in `docs/`; the first one is the part's own page. */
  pages: string[];
}

const parts: { title: string; folder: string; first: string[] }[] = [
  { title: "Tutorial", folder: "tutorial", first: ["index"] },
  {
    title: "Guides",
    folder: "guides",
    first: [
      ...["index", "real-or-local-model", "add-an-sdk", "test-your-agent", "deploy", "three-node-cluster"],
      ...["upgrade-in-flight", "keep-secrets-out", "watch-and-cancel"],
    ],
  },
  { title: "Reference", folder: "reference", first: ["index", "contracts", "cli", "mock-model"] },
  {
    title: "Explanation",
    folder: "explanation",
    first: ["index", "how-durability-is-attached", "what-is-journaled", "at-least-once", "what-we-measure"],
  },
];

/** Every page, as a path in `docs/`. */
export const pageFiles = (): string[] =>
  globSync("**/*.md", { cwd: docsRoot, exclude: (name) => ["node_modules", ".vitepress"].includes(name) }).sort();

/** The parts with their pages; those that have no place of their own come last, by name. */
export function contents(): Part[] {
  const files = pageFiles();
  return parts.map(({ title, folder, first }) => {
    const known = first.map((name) => `${folder}/${name}.md`);
    const others = files.filter((file) => file.startsWith(`${folder}/`) && !known.includes(file));
    return { title, pages: [...known.filter((file) => files.includes(file)), ...others] };
  });
}

/** What a page is called: its first heading. */
export function titleOf(page: string): string {
  const heading = readPage(join(docsRoot, page)).blocks.find((block): block is Heading => block.kind === "heading");
  if (!heading) throw new Error(`${page} has no heading`);
  return heading.text;
}

/** A page's text. */
export const sourceOf = (page: string): string => readFileSync(join(docsRoot, page), "utf8");
