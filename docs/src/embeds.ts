import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { repositoryRoot } from "@durable-agents/testkit";
import { sdks } from "./sdks.ts";

// Code in pages is taken from files that run. A region stands between `// #region name` and `// #endregion name`.

/**
 * What a page shows of a file: without the lines of regions, and without the indentation that all lines have in common.
 *
 * @param region all of it unless given
 * @throws Error if the region is not there once, with its end and something in it
 */
export function codeIn(source: string, region?: string): string {
  const borders = new RegExp(`^ *// #(?:end)?region ${region}\n`, "m");
  const [, inside = "", ...after] = region ? source.split(borders) : ["", source, ""];
  const shown = inside.split("\n").filter((line) => !/^ *\/\/ #(end)?region\b/.test(line));
  const code = shown.filter((line) => line.trim() !== "");
  if (region && (after.length !== 1 || code.length === 0))
    throw new Error(`there has to be one region ${region}, with its end and something in it`);
  const indent = Math.min(...code.map((line) => line.search(/\S/)));
  return shown
    .map((line) => line.slice(indent))
    .join("\n")
    .replace(/^\n+|\s+$/g, "");
}

/** What the language of a file is called, where it is not the ending of its name. */
const languages: Record<string, string> = { ".service": "ini", "": "text" };

/**
 * Makes what stands in a page between `<!-- code: … -->` and `<!-- /code -->`: what a forge shows, and what the site takes.
 *
 * @param source a path in the repository, and `#region`; with `*` in it there is one block for each SDK
 * @throws Error that names file and region, if one is missing
 */
export function codeMarkdown(source: string): string {
  const [path = "", region] = source.split("#");
  const fenced = (file: string): string => {
    try {
      const text = codeIn(readFileSync(join(repositoryRoot, file), "utf8"), region);
      return `\`\`\`${languages[extname(file)] ?? extname(file).slice(1)}\n${text}\n\`\`\``;
    } catch (error) {
      throw new Error(`${file} can't be shown: ${(error as Error).message}`);
    }
  };
  if (!path.includes("*")) return fenced(path);
  return sdks
    .map(({ name, title }, index) => {
      const file = path.replace("*", name);
      const summary = `<summary>${title}: <code>${file}</code></summary>`;
      return `<details${index === 0 ? " open" : ""}>\n${summary}\n\n${fenced(file)}\n\n</details>`;
    })
    .join("\n\n");
}
