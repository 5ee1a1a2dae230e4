import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** The repository's own root. */
export const repositoryRoot = resolve(import.meta.dirname, "../../..");

/** Reads the package.json of a folder. */
export const readPackage = (folder: string): { version?: string; [field: string]: unknown } =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/**
 * The version of a package that a folder's code gets. Packages need not export their package.json, so it is looked for on
 * the paths where Node would.
 *
 * @throws Error if it is not installed
 */
export function installedVersion(folder: string, packageName: string): string {
  for (const path of createRequire(join(folder, "package.json")).resolve.paths(packageName) ?? []) {
    const installed = join(path, packageName);
    if (existsSync(join(installed, "package.json"))) return readPackage(realpathSync(installed)).version ?? "unknown";
  }
  throw new Error(`${packageName} is not installed in ${folder}; run npm test once`);
}
