import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Project } from "./project.ts";

/**
 * Writes a project.
 *
 * @param directory a folder that is empty or not there
 * @throws Error if it can't be written; what was begun is gone
 */
export function writeProject(directory: string, project: Project): void {
  const folder = resolve(directory);
  const made = mkdirSync(folder, { recursive: true });
  try {
    for (const [path, content] of project) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  } catch (error) {
    const begun = made === undefined ? readdirSync(folder).map((entry) => join(folder, entry)) : [made];
    for (const path of begun) rmSync(path, { recursive: true, force: true });
    throw error;
  }
}
