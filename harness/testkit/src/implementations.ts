import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { installedVersion, readPackage, repositoryRoot } from "./repository.ts";

// #region manifest
/** What an implementation says of itself, under "implementation" in its package.json. */
export const Manifest = z.strictObject({
  title: z.string().min(1).describe("Its name in tables"),
  sdkPackage: z.string().min(1).describe("The npm package whose version tables show"),
  durableStep: z.string().min(1).describe("What one journaled step covers"),
  parallelTools: z.boolean().describe("Whether tool calls of one turn run at the same time"),
  privateApi: z.array(z.string()).describe("Undocumented API that it relies on"),
  notes: z.array(z.string()).describe("What a reader of the table should know"),
  knownFailing: z
    .record(z.string().regex(/^[A-Z]\d/), z.string().min(1))
    .describe("Checks that fail, by id, and why. They are run all the same, and are reported when they pass."),
});
export type Manifest = z.infer<typeof Manifest>;
// #endregion manifest

export interface Implementation {
  /** The folder's name, such as `vercel-ai`. */
  name: string;
  folder: string;
  manifest: Manifest;
  /** The version of its SDK that is installed. */
  sdkVersion: string;
}

/** What the others are compared with: Restate and nothing else. */
const REFERENCE = "restate-only";

/** The implementations in `packages/`, every folder whose package.json has a manifest: the reference, then by name. */
export function findImplementations(): Implementation[] {
  const packages = join(repositoryRoot, "packages");
  return readdirSync(packages)
    .sort((a, b) => Number(b === REFERENCE) - Number(a === REFERENCE) || a.localeCompare(b))
    .map((name) => join(packages, name))
    .filter((folder) => existsSync(join(folder, "package.json")) && "implementation" in readPackage(folder))
    .map((folder) => readImplementation(folder));
}

/**
 * Finds an implementation by its name in `packages/`, or by its folder if that is elsewhere.
 *
 * @throws Error that lists what there is
 */
export function findImplementation(nameOrFolder: string): Implementation {
  const known = findImplementations();
  const found = known.find(({ name }) => name === nameOrFolder);
  if (found) return found;
  if (existsSync(join(nameOrFolder, "package.json"))) return readImplementation(nameOrFolder);
  const names = known.map(({ name }) => name).join(", ");
  throw new Error(`There is no implementation ${JSON.stringify(nameOrFolder)}. There are: ${names}, or give a folder.`);
}

/**
 * Reads an implementation's manifest.
 *
 * @throws Error that names the file and the field, if the manifest does not fit {@link Manifest}
 */
export function readImplementation(path: string): Implementation {
  const folder = resolve(path);
  const parsed = Manifest.safeParse(readPackage(folder).implementation);
  if (!parsed.success) {
    throw new Error(`"implementation" in ${join(folder, "package.json")}:\n${z.prettifyError(parsed.error)}`);
  }
  return {
    name: basename(folder),
    folder,
    manifest: parsed.data,
    sdkVersion: installedVersion(folder, parsed.data.sdkPackage),
  };
}
