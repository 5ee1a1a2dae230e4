// Writes the zips that `restate example` downloads: each is one plain npm project, with all patterns of one SDK.
import { statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { repositoryRoot } from "@durable-agents/processes";
import { createCommand } from "commander";
import { makeTemplates } from "../export/templates.ts";
import { writeZips } from "../export/zips.ts";

const { output } = createCommand("npm run export --")
  .description(
    "Writes a zip for each SDK: a project of its own with all patterns, named as `restate example` expects it.",
  )
  .option("--output <folder>", "where they go", join(relative(process.cwd(), repositoryRoot), "dist"))
  .parse()
  .opts<{ output: string }>();

await makeTemplates();
for (const zip of writeZips(resolve(process.env.INIT_CWD ?? ".", output))) {
  console.log(`${relative(process.cwd(), zip)}  ${Math.round(statSync(zip).size / 1024)} KiB`);
}
