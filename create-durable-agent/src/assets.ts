import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Packages and their versions or places. */
export type Dependencies = Record<string, string>;

/** A package.json, as far as it is looked at. Versions are exact; a library of ours is a tarball in `vendor/`. */
export interface Manifest {
  name: string;
  version?: string;
  dependencies: Dependencies;
  devDependencies: Dependencies;
  overrides?: Dependencies;
  [field: string]: unknown;
}

/** One agent pattern. */
export interface Pattern {
  /** The name of its file in `src/`, such as `router`. */
  name: string;
  /** What it shows, as a part of a sentence. */
  summary: string;
  /** The patterns whose services it calls. */
  calls: string[];
  /** What to try: a handler, the body, and how many steps that takes. */
  requests: { call: string; body: unknown; steps: number }[];
}

/** What `build/assets.ts` has put together. */
export interface Assets {
  version: string;
  /** The SDKs, by the names of their templates. */
  sdks: { name: string; title: string }[];
  patterns: Pattern[];
}

/** Where projects are taken from: beside `src/` in the repository, beside `dist/` in the package. */
export const assetsFolder = join(dirname(fileURLToPath(import.meta.url)), "../assets");

/** Reads what there is to choose from. */
export const readAssets = (): Assets => JSON.parse(readFileSync(join(assetsFolder, "index.json"), "utf8"));

/** Reads the files below a folder of the assets, by their path in it. */
export function readFiles(folder: string): Map<string, Buffer | string> {
  const root = join(assetsFolder, folder);
  const entries = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [relative(root, file).replaceAll("\\", "/"), readFileSync(file)]));
}
