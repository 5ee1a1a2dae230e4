import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { makeClone } from "../src/commands/clone.ts";
import { runPage } from "../src/commands/run-page.ts";
import { readPage } from "../src/page.ts";
import { defaultSdk } from "../src/sdks.ts";

// A run that its test kills: the page and a folder for what is cloned are its arguments. It prints where the clone is.
const [file, folder] = process.argv.slice(2) as [string, string];
const repository = join(folder, "repository");
mkdirSync(repository);
await execa("git", ["init", "-q"], { cwd: repository });
writeFileSync(join(repository, "package.json"), '{"name": "tiny"}');
const clone = await makeClone(repository);
console.log(clone.folder);
await runPage(readPage(file), { clone, sdk: defaultSdk });
