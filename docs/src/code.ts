import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { CodeEmbed } from "./page.ts";
import { regionOf, withoutMarkers } from "./regions.ts";
import { repositoryRoot } from "./repository.ts";
import { type Sdk, sdks } from "./sdks.ts";

/** Code as a page shows it. */
export interface Code {
  /** Whose it is, if there is one of each SDK. */
  sdk: Sdk | undefined;
  /** Path in the repository. */
  path: string;
  language: string;
  text: string;
}

const languages: Record<string, string> = {
  ".service": "ini",
  ".conf": "ini",
  ".yml": "yaml",
  ".mjs": "js",
  ".sh": "bash",
  "": "text",
};

/**
 * Takes what a page embeds from the files.
 *
 * @returns one for each SDK if the path has `*`, else one
 * @throws Error that names page, file and region, if one is missing
 */
export function codeOf(page: string, { path, region, line }: CodeEmbed): Code[] {
  const code = (file: string, sdk?: Sdk): Code => {
    try {
      if (!existsSync(join(repositoryRoot, file))) throw new Error("there is no such file");
      const source = readFileSync(join(repositoryRoot, file), "utf8");
      const text = region ? regionOf(source, region) : withoutMarkers(source);
      const extension = extname(file);
      return { sdk, path: file, language: languages[extension] ?? extension.slice(1), text };
    } catch (error) {
      const what = region ? `${file}#${region}` : file;
      throw new Error(`${page}:${line}: ${what} can't be shown: ${(error as Error).message}`);
    }
  };
  return path.includes("*") ? sdks.map((sdk) => code(path.replace("*", sdk.name), sdk)) : [code(path)];
}

/** The Markdown between the comments of an embed: what a forge shows. */
export function codeMarkdown(codes: Code[]): string {
  return codes
    .map(({ sdk, path, language, text }, index) => {
      const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
      const block = `${fence}${language}\n${text}\n${fence}`;
      if (!sdk) return block;
      const summary = `<summary>${sdk.title}: <code>${path}</code></summary>`;
      return `<details${index === 0 ? " open" : ""}>\n${summary}\n\n${block}\n\n</details>`;
    })
    .join("\n\n");
}
