import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findImplementations, readPackage, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";

const templateOf = (sdk: string) => join(import.meta.dirname, `../template-${sdk}`);
const sdks = findImplementations().map(({ name }) => name);
const dependenciesOf = (folder: string, field: string) =>
  Object.keys((readPackage(folder)[field] as Record<string, string> | undefined) ?? {});

/** The files of a template, by their path in it. */
function filesOf(sdk: string): Map<string, string> {
  const folder = templateOf(sdk);
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/[\\/](node_modules|\.restate)\b/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [relative(folder, file), readFileSync(file, "utf8")]));
}

describe.each(sdks)("the template of %s", (sdk) => {
  const files = filesOf(sdk);
  const sources = [...files].filter(([path]) => path.endsWith(".ts")).map(([, source]) => source);

  test("can be read in one go: at most 10 files, and 200 lines of TypeScript", () => {
    expect([...files.keys()].length, [...files.keys()].join(", ")).toBeLessThanOrEqual(10);
    const lines = sources.reduce((sum, source) => sum + source.trimEnd().split("\n").length, 0);
    expect(lines).toBeLessThanOrEqual(200);
  });

  test("asks for what it imports, and what that wants from its user, and nothing else", () => {
    const imported = sources.flatMap((source) => [...source.matchAll(/ from "(@[^/"]+\/[^/"]+|[a-z][^/":]*)/g)]);
    const needed = new Set(imported.map(([, name]) => name as string).filter((name) => !name.startsWith("node")));
    const folder = templateOf(sdk);
    for (const name of needed) {
      if (!name.startsWith("@durable-agents/")) continue;
      const library = join(folder, "node_modules", name);
      if (existsSync(library)) for (const peer of dependenciesOf(library, "peerDependencies")) needed.add(peer);
    }
    for (const tool of ["@types/node", "node", "typescript"]) needed.add(tool);
    const asked = [...dependenciesOf(folder, "dependencies"), ...dependenciesOf(folder, "devDependencies")];
    expect(asked.sort()).toEqual([...needed].sort());
  });

  test("has what is the same with every SDK as the other templates have it", () => {
    const own = new Set(["README.md", "package.json", "src/agent.ts", "src/durable-model.ts"]);
    const [first = ""] = sdks;
    for (const [path, content] of filesOf(first)) if (!own.has(path)) expect(files.get(path), path).toBe(content);
  });

  test("overrides what this repository does", () => {
    const workspace = readFileSync(join(repositoryRoot, "pnpm-workspace.yaml"), "utf8");
    const overrides = (readPackage(templateOf(sdk)).overrides ?? {}) as Record<string, string>;
    for (const [name, version] of Object.entries(overrides)) expect(workspace).toContain(`"${name}": ${version}\n`);
  });
});
