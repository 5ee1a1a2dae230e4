// Writes the zips that `restate example` downloads: each is one plain npm project, with all patterns of one SDK.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { repositoryRoot } from "@durable-agents/testkit";
import { createCommand } from "commander";
import { type Zippable, zipSync } from "fflate";
import { makeAssets } from "../build/assets.ts";
import { readAssets } from "../src/assets.ts";
import { makeProject } from "../src/project.ts";

const { output } = createCommand("npm run export --")
  .description(
    "Writes a zip for each SDK: a project of its own with all patterns, named as `restate example` expects it.",
  )
  .option("--output <folder>", "where they go", join(relative(process.cwd(), repositoryRoot), "dist"))
  .parse()
  .opts<{ output: string }>();

// Zip files keep local time, without a zone; with the parts of a date given, the bytes are the same everywhere.
const mtime = new Date(1980, 0, 1);

await makeAssets();
const assets = readAssets();
const folder = resolve(process.env.INIT_CWD ?? ".", output);
mkdirSync(folder, { recursive: true });
for (const { name: sdk } of assets.sdks) {
  const name = `${sdk}-durable-patterns`;
  const patterns = ["all"];
  const project = makeProject(assets, { directory: name, sdk, patterns, packageManager: "npm" });
  const files: Zippable = Object.fromEntries(
    [...project].map(([path, content]) => [path, new Uint8Array(Buffer.from(content))]),
  );
  const zip = join(folder, `typescript-${name}.zip`);
  writeFileSync(zip, zipSync(files, { mtime, level: 9 }));
  console.log(`${relative(process.cwd(), zip)}  ${Math.round(statSync(zip).size / 1024)} KiB`);
}
