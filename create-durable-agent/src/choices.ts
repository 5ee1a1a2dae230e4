import { existsSync, readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import validateName from "validate-npm-package-name";
import type { Assets, Pattern } from "./assets.ts";
import type { PackageManager } from "./package-files.ts";

/** What is to be made. */
export interface Choices {
  directory: string;
  sdk: string;
  /** The patterns to copy; none for the SDK's template. */
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

/** @throws ChoiceError that lists what there is, if a name is not among it */
export function requireOneOf(what: string, names: string[], name: string): string {
  if (names.includes(name)) return name;
  throw new ChoiceError(`There is no ${what} ${JSON.stringify(name)}. There are: ${names.join(", ")}.`);
}

/** The chosen patterns, and those whose services they call, in the order in which they are listed. */
export function withCalled({ patterns }: Assets, chosen: string[]): Pattern[] {
  const called = patterns.filter(({ name }) => chosen.includes(name)).flatMap(({ calls }) => calls);
  return patterns.filter(({ name }) => chosen.includes("all") || chosen.includes(name) || called.includes(name));
}
