import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPackage, repositoryRoot } from "@durable-agents/testkit";
import { build } from "rolldown";

const folder = join(repositoryRoot, "create-durable-agent");

/** Bundles the scaffolder with everything that it imports, so that it installs nothing and runs on Node 20. */
export async function bundle(): Promise<void> {
  const { output } = await build({
    input: join(folder, "src/index.ts"),
    platform: "node",
    transform: { target: "node20.12" },
    output: { file: join(folder, "dist/index.js"), format: "esm", cleanDir: true },
  });
  const modules = output.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
  writeFileSync(join(folder, "dist/THIRD-PARTY-LICENSES.txt"), licensesOf(modules));
  cpSync(join(repositoryRoot, "LICENSE"), join(folder, "dist/LICENSE"));
}

/** The licenses of the packages that modules belong to: most ask to be handed on with the code. */
function licensesOf(modules: string[]): string {
  const packages = new Set(modules.flatMap((path) => path.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/) ?? []));
  return [...packages]
    .map((path) => {
      const { name, version, license } = readPackage(path);
      const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? readFileSync(join(path, file), "utf8").trim() : `${license}`;
      return `${name} ${version}\n\n${text}\n`;
    })
    .sort()
    .join(`\n${"-".repeat(80)}\n\n`);
}
