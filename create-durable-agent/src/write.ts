import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ChoiceError, directoryProblem } from "./choices.ts";
import type { Project } from "./project.ts";

/**
 * Writes a project: first beside its folder, under another name, then it is moved. So it is there as a whole, or not at
 * all, and what somebody else has put there meanwhile stays.
 *
 * @throws ChoiceError if the folder is not empty
 * @throws Error if it can't be written; what was begun is gone
 */
export function writeProject(directory: string, project: Project): void {
  const problem = directoryProblem(directory);
  if (problem) throw new ChoiceError(problem);
  const folder = resolve(directory);
  const parents = missingParents(dirname(folder));
  mkdirSync(dirname(folder), { recursive: true });
  let draft: string | undefined;
  try {
    draft = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`));
    const content = join(draft, "project");
    for (const [path, text] of project) {
      mkdirSync(dirname(join(content, path)), { recursive: true });
      writeFileSync(join(content, path), text);
    }
    moveInto(content, folder, [...new Set([...project.keys()].map((path) => path.split("/")[0] as string))]);
  } catch (error) {
    for (const parent of parents) rmSync(parent, { recursive: true, force: true });
    throw error;
  } finally {
    if (draft) rmSync(draft, { recursive: true, force: true });
  }
}

/** Moves a folder's content; into an empty folder one by one, since that may be somebody's current one. */
function moveInto(content: string, folder: string, entries: string[]): void {
  if (!existsSync(folder)) {
    renameSync(content, folder);
    return;
  }
  const moved: string[] = [];
  try {
    for (const entry of entries) {
      renameSync(join(content, entry), join(folder, entry));
      moved.push(entry);
    }
    rmdirSync(content);
  } catch (error) {
    for (const entry of moved) rmSync(join(folder, entry), { recursive: true, force: true });
    throw error;
  }
}

/** The topmost folder that would have to be made for a path, if any. */
function missingParents(path: string): string[] {
  let missing: string | undefined;
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing = folder;
  return missing ? [missing] : [];
}
