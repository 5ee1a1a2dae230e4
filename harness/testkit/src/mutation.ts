import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/crash-harness";

/** A change of a program's code, such as a mistake that a check has to catch. */
export interface Mutation {
  /** In `src/`. */
  file: string;
  /** What stands there, exactly once. */
  code: string;
  becomes: string;
  /** A second place in the file. */
  also?: { code: string; becomes: string };
  /** What stands at the end of the file then. */
  adds?: string;
}

/**
 * Copies a program's folder, with its code changed; packages are those of the original.
 *
 * @returns the copy's folder, which is gone when this process is
 * @throws Error if the code is not there exactly once
 */
export function mutatedCopy(original: string, { file, code, becomes, also, adds = "" }: Mutation): string {
  const folder = temporaryFolder("mutation");
  for (const part of ["src", "package.json"]) cpSync(join(original, part), join(folder, part), { recursive: true });
  symlinkSync(join(original, "node_modules"), join(folder, "node_modules"));
  const path = join(folder, "src", file);
  let source = readFileSync(path, "utf8");
  for (const edit of [{ code, becomes }, ...(also ? [also] : [])]) {
    const times = source.split(edit.code).length - 1;
    if (times !== 1) throw new Error(`${join(original, "src", file)} contains ${times} times, not once: ${edit.code}`);
    source = source.replace(edit.code, () => edit.becomes);
  }
  writeFileSync(path, source + adds);
  return folder;
}
