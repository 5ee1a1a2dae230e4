import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import type { UserConfig } from "vitepress";
import { carried, docsRoot, repositoryRoot } from "./repository.ts";

type Plugin = NonNullable<NonNullable<UserConfig["vite"]>["plugins"]>[number];

const types: Record<string, string> = { ".html": "text/html; charset=utf-8", ".mjs": "text/javascript" };

/** What the site has besides its pages: files of the repository, and the library that draws diagrams. */
function files(): Map<string, string> {
  const mermaid = dirname(createRequire(join(docsRoot, "package.json")).resolve("mermaid"));
  return new Map([
    ...Object.entries(carried).map(([path, place]) => [place, join(repositoryRoot, path)] as const),
    ...globSync(["mermaid.esm.min.mjs", "chunks/mermaid.esm.min/**/*.mjs"], { cwd: mermaid }).map(
      (file) => [`mermaid/${file}`, join(mermaid, file)] as const,
    ),
  ]);
}

/** Puts these files on the site as they are. */
export const carriedFiles = (base: string): Plugin => ({
  name: "carried-files",
  generateBundle({ dir }) {
    if (dir?.endsWith(".temp")) return; // the half that renders pages
    for (const [fileName, file] of files()) this.emitFile({ type: "asset", fileName, source: readFileSync(file) });
  },
  configureServer({ middlewares }) {
    for (const [place, file] of files())
      middlewares.use(`${base}${place}`, (_, response) => {
        response.setHeader("content-type", types[extname(place)] ?? "application/octet-stream");
        response.end(readFileSync(file));
      });
  },
});
