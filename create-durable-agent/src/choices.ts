import { existsSync, readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import validateName from "validate-npm-package-name";
import type { PackageManager, Pattern, Templates } from "./templates.ts";

/** What somebody wants. */
export interface Choices {
  directory: string;
  sdk: string;
  /** In the order in which they are listed everywhere, with those that they build on. */
  patterns: string[];
  packageManager: PackageManager;
  install: boolean;
}

/** What was asked for can't be done; the message says why and what there is. */
export class ChoiceError extends Error {
  override name = "ChoiceError";
}

/** The name of the package in a folder: the folder's own. */
export const packageName = (directory: string) => basename(resolve(directory));

/** What is wrong with a folder, or undefined when a project can be made there. */
export function directoryProblem(directory: string): string | undefined {
  if (directory.trim() === "") return "A folder has to have a name.";
  const name = packageName(directory);
  const { errors = [], warnings = [], validForNewPackages } = validateName(name);
  if (!validForNewPackages) {
    return `${JSON.stringify(name)} can't be the name of a package: ${[...errors, ...warnings].join(", ")}. Try one like my-agent.`;
  }
  const folder = resolve(directory);
  if (!existsSync(folder)) return undefined;
  try {
    return readdirSync(folder).length > 0 ? `${folder} is not empty. Choose another folder, or empty it.` : undefined;
  } catch {
    return `${folder} is not a folder. Choose another name.`;
  }
}

/** @throws ChoiceError if a project can't be made there */
export function requireDirectory(directory: string): string {
  const problem = directoryProblem(directory);
  if (problem) throw new ChoiceError(problem);
  return directory;
}

/** @throws ChoiceError that lists the SDKs */
export function requireSdk({ sdks }: Templates, name: string): string {
  if (sdks.some((sdk) => sdk.name === name)) return name;
  throw new ChoiceError(`There is no SDK ${JSON.stringify(name)}. There are: ${list(sdks)}.`);
}

/**
 * Reads `--pattern`, which may be given several times, each with one name, several with commas, or `all`.
 *
 * @throws ChoiceError that lists the patterns
 */
export function requirePatterns({ patterns }: Templates, given: string[]): string[] {
  const names = given.flatMap((value) => value.split(",")).map((name) => name.trim());
  for (const name of names) {
    if (name === "all" || patterns.some((pattern) => pattern.name === name)) continue;
    throw new ChoiceError(`There is no pattern ${JSON.stringify(name)}. There are: ${list(patterns)}, and all.`);
  }
  return patterns.filter(({ name }) => names.includes("all") || names.includes(name)).map(({ name }) => name);
}

/** Adds the patterns whose services the chosen ones call. */
export function withFoundations({ patterns }: Templates, chosen: string[]): Pattern[] {
  const needed = new Set(chosen);
  // Grows while it is walked: a foundation may have foundations.
  for (const name of needed) {
    for (const other of patterns.find((pattern) => pattern.name === name)?.buildsOn ?? []) needed.add(other);
  }
  return patterns.filter(({ name }) => needed.has(name));
}

/** Names, as errors and help list them. */
export const list = (things: { name: string }[]) => things.map(({ name }) => name).join(", ");
