import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { makeProject } from "../src/project.ts";
import { readTemplates } from "../src/templates.ts";

// Zip files keep local time, without a zone; with the parts of a date given, the bytes are the same everywhere.
const THE_SAME_DAY = new Date(1980, 0, 1);

/**
 * Writes a zip for each SDK, with all patterns, named as `restate example` expects it: `[language]-[example].zip`. Equal
 * templates give equal bytes.
 *
 * @param folder where they go; it is made if it is missing
 * @returns their paths
 */
export function writeZips(folder: string): string[] {
  const templates = readTemplates();
  mkdirSync(folder, { recursive: true });
  return templates.sdks.map(({ name: sdk }) => {
    const name = `${sdk}-durable-patterns`;
    const project = makeProject(templates, {
      directory: name,
      sdk,
      patterns: templates.patterns.map((pattern) => pattern.name),
      packageManager: "npm",
    });
    const files: Zippable = {};
    for (const [path, content] of project) files[path] = new Uint8Array(Buffer.from(content));
    const zip = join(folder, `typescript-${name}.zip`);
    writeFileSync(zip, zipSync(files, { mtime: THE_SAME_DAY, level: 9 }));
    return zip;
  });
}
