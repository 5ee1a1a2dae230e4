import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, posix } from "node:path";
import { cleanEnvironment, repositoryRoot, temporaryFolder } from "@durable-agents/processes";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { importsOf } from "../export/modules.ts";
import { makeProject, type Project } from "../src/project.ts";
import { packageManagers, readTemplates } from "../src/templates.ts";
import { writeProject } from "../src/write.ts";

const templates = readTemplates();
const sdks = templates.sdks.map(({ name }) => name);
const patterns = templates.patterns.map(({ name }) => name);
const choices = [...patterns.map((pattern) => [pattern]), patterns];

const make = (sdk: string, chosen: string[], packageManager: (typeof packageManagers)[number] = "npm") =>
  makeProject(templates, { directory: "my-agent", sdk, patterns: chosen, packageManager });
const textOf = (project: Project, path: string) => String(project.get(path));
const manifestOf = (project: Project) => JSON.parse(textOf(project, "package.json"));
const sourcesOf = (project: Project) => [...project.keys()].filter((path) => extname(path) === ".ts");

/** What a project's files import: other files, and packages. */
function importsIn(project: Project) {
  const files = new Map<string, string[]>();
  const packages = new Set<string>();
  for (const path of sourcesOf(project)) {
    const found: string[] = [];
    for (const name of importsOf(path, textOf(project, path))) {
      if (name.startsWith("#shared/")) found.push(`shared/${name.slice("#shared/".length)}.ts`);
      else if (name.startsWith(".")) found.push(posix.join(posix.dirname(path), name));
      else if (!name.startsWith("node:"))
        packages.add(
          name
            .split("/")
            .slice(0, name.startsWith("@") ? 2 : 1)
            .join("/"),
        );
    }
    files.set(path, found);
  }
  return { files, packages };
}

describe.each(sdks)("%s", (sdk) => {
  test.each(choices)("%s: has what it imports, and nothing else", (...chosen) => {
    const project = make(sdk, chosen);
    const { files, packages } = importsIn(project);
    for (const [path, imported] of files)
      for (const file of imported) expect(project.has(file), `${path} imports ${file}`).toBe(true);

    const used = new Set(["src/serve.ts", "local.ts", "test/crash.test.ts"]);
    for (const path of used) for (const file of files.get(path) ?? []) used.add(file);
    expect([...files.keys()].filter((path) => !used.has(path))).toEqual([]);

    const { dependencies, devDependencies } = manifestOf(project);
    for (const name of packages) expect({ ...dependencies, ...devDependencies }).toHaveProperty([name]);
    // What is not imported is a peer of what is, a library below one that is, or a tool.
    const needed = new Set([...packages, "@types/node", "node", "typescript"]);
    for (const name of needed) {
      for (const other of [...(templates.peers[name] ?? []), ...(templates.libraries[name]?.libraries ?? [])]) {
        needed.add(other);
      }
    }
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !needed.has(name))).toEqual([]);
  });

  test.each(choices)("%s: serves what its requests call, and can be read by itself", (...chosen) => {
    const project = make(sdk, chosen);
    const called = [...project.keys()]
      .filter((path) => path.startsWith("requests/"))
      .map((path) => JSON.parse(textOf(project, path)).call.split("/")[0] as string);
    const contracts = sourcesOf(project)
      .filter((path) => path.startsWith("src/"))
      .map((path) => textOf(project, path))
      .join("\n");
    for (const service of called) expect(contracts).toContain(`implement(${service},`);

    for (const [path, content] of project) {
      if (path.endsWith(".tgz")) continue;
      expect(String(content), path).not.toMatch(
        /#(end)?region|workspace:|"catalog:|@durable-agents\/(shared|testkit|processes)/,
      );
    }
    expect(textOf(project, "local.ts")).toMatch(/^const shown = \["|^const shown = \[\n {2}"/m);
  });

  test.each([
    ["all", patterns],
    ["one", [patterns[sdks.indexOf(sdk)] as string]],
  ])("%s: is formatted and fits its types", { timeout: 60_000 }, async (_, chosen) => {
    const folder = join(temporaryFolder("project"), "my-agent");
    const project = make(sdk, chosen);
    writeProject(folder, project);
    const env = cleanEnvironment(repositoryRoot);
    const config = ["--config-path", join(repositoryRoot, "biome.json"), "--vcs-enabled=false"];
    await execa("biome", ["check", "--error-on-warnings", ...config, "."], { cwd: folder, env });

    // Without a network: what it would install is somewhere in this repository.
    const { dependencies, devDependencies } = manifestOf(project);
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) link(name, sdk, folder);
    await execa("tsc", { cwd: folder, env });
  });
});

/** Links a package of the repository into a project. */
function link(name: string, sdk: string, project: string): void {
  const places = [`packages/${sdk}`, "harness/testkit", "create-durable-agent", "libs/durable-openai-agents"];
  const to = join(project, "node_modules", name);
  mkdirSync(dirname(to), { recursive: true });
  for (const place of places) {
    const paths = createRequire(join(repositoryRoot, place, "package.json")).resolve.paths(name) ?? [];
    const found = paths.map((path) => join(path, name)).find((path) => existsSync(path));
    if (found) {
      symlinkSync(found, to);
      return;
    }
  }
  throw new Error(`${name} is not installed in ${places.join(", ")}`);
}

describe("package.json", () => {
  test.each(packageManagers)(
    "for %s names exact versions, and tells where libraries below libraries are",
    (packageManager) => {
      for (const sdk of sdks) {
        const project = make(sdk, patterns, packageManager);
        const manifest = manifestOf(project);
        const all: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
        for (const [name, version] of Object.entries(all)) {
          if (version.startsWith("file:./vendor/"))
            expect(project.has(version.slice("file:./".length)), name).toBe(true);
          else expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
        }
        const overrides = {
          npm: manifest.overrides,
          bun: manifest.overrides,
          yarn: manifest.resolutions,
          pnpm: textOf(project, "pnpm-workspace.yaml"),
        }[packageManager];
        for (const name of Object.keys(templates.libraries).filter((library) => library in all)) {
          expect(JSON.stringify(overrides)).toContain(name);
        }
        expect(JSON.stringify(overrides).includes("@langchain/langgraph-checkpoint")).toBe(sdk === "langgraph");
      }
    },
  );

  test("brings Node 24 wherever the package manager can install it", () => {
    for (const packageManager of packageManagers) {
      const { devDependencies } = manifestOf(make("vercel-ai", ["router"], packageManager));
      expect("node" in devDependencies).toBe(packageManager !== "yarn");
    }
  });

  test("has a manifest when it serves everything, so that the conformance suite can judge it", () => {
    expect(manifestOf(make("langgraph", patterns)).implementation.title).toBe("LangGraph");
    expect(manifestOf(make("langgraph", ["router"]))).not.toHaveProperty("implementation");
  });
});

test("a pattern brings those whose services it calls", () => {
  const project = make("langgraph", ["multi-agent"]);
  expect(project.has("src/parallel-claim-analysis.ts")).toBe(true);
  expect(textOf(project, "src/services.ts")).toContain("eligibilityService");
  expect(project.has("src/router.ts")).toBe(false);
  expect(textOf(project, "README.md")).not.toContain("AgentRouter");
});

test("a project that can't be written leaves nothing behind", () => {
  const parent = temporaryFolder("broken");
  const broken: Project = new Map([
    ["a", "a file"],
    ["a/b", "a file in it"],
  ]);
  expect(() => writeProject(join(parent, "new/deep/my-agent"), broken)).toThrow();
  expect(readdirSync(parent)).toEqual([]);

  // In a folder that is there, only what was begun is removed.
  mkdirSync(join(parent, "my-agent"));
  expect(() => writeProject(join(parent, "my-agent"), broken)).toThrow();
  expect(readdirSync(join(parent, "my-agent"))).toEqual([]);
  writeFileSync(join(parent, "my-agent/own.txt"), "mine");
  expect(() => writeProject(join(parent, "my-agent"), new Map([["own.txt", "other"]]))).toThrow(/not empty/);
  expect(readFileSync(join(parent, "my-agent/own.txt"), "utf8")).toBe("mine");
});
