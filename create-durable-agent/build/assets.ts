import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cleanEnvironment } from "@durable-agents/crash-harness";
import {
  exampleRequest,
  findImplementations,
  installedVersion,
  readPackage,
  repositoryRoot,
} from "@durable-agents/testkit";
import { execa } from "execa";
import { type Assets, assetsFolder, type Manifest } from "../src/assets.ts";

/** The patterns in the order in which they are listed, and the example requests that are shown of them. */
const patterns: { name: string; summary: string; requests: string[]; calls?: string[] }[] = [
  {
    name: "orchestrator-worker",
    summary: "a plan, workers in parallel, a report",
    requests: ["research-durable-execution"],
  },
  { name: "parallel-claim-analysis", summary: "three specialists at once, one decision", requests: ["claim-analysis"] },
  { name: "router", summary: "a decision that survives the crash", requests: ["router-billing"] },
  {
    name: "multi-agent",
    summary: "an agent with specialists as tools, here or remote",
    requests: ["multi-agent", "remote-agent"],
    calls: ["parallel-claim-analysis"],
  },
  { name: "claim-session", summary: "handoff and conversation in a Virtual Object", requests: ["session-medical"] },
  {
    name: "specialist-team",
    summary: "a planner that picks workers and orders their work",
    requests: ["team-software-feature"],
  },
];

const inRepository = (path: string) => join(repositoryRoot, path);
const ownFolder = inRepository("create-durable-agent");
const libraryFolders = [
  ...readdirSync(inRepository("libs")).map((name) => inRepository(`libs/${name}`)),
  inRepository("packages/shared"),
];

/** Puts together in `assets/` what projects are made of, unless nothing has changed since. */
export async function makeAssets(): Promise<void> {
  const inputs = ["create-durable-agent", "libs", "packages", "pnpm-lock.yaml", ".env.example"].map(inRepository);
  const index = join(assetsFolder, "index.json");
  if (existsSync(index) && Math.max(...inputs.map(newest)) <= statSync(index).mtimeMs) return;

  rmSync(assetsFolder, { recursive: true, force: true });
  const libraries = await packLibraries(join(assetsFolder, "vendor"));
  const implementations = findImplementations();
  for (const { name, folder } of implementations) {
    copyTemplate(join(ownFolder, `template-${name}`), join(assetsFolder, "templates", name));
    copyPatterns(folder, join(assetsFolder, "patterns", name));
  }
  cpSync(join(ownFolder, "pattern-project"), join(assetsFolder, "pattern-project"), { recursive: true });
  cpSync(inRepository(".env.example"), join(assetsFolder, "pattern-project/.env.example"));
  const assets: Assets = {
    version: readManifest(ownFolder).version,
    // The reference is what the others are compared with, and rarely what a project is built on.
    sdks: [...implementations.slice(1), ...implementations.slice(0, 1)].map(({ name, manifest }) => {
      return { name, title: manifest.title };
    }),
    patterns: patterns.map(({ calls = [], requests, ...pattern }) => ({
      ...pattern,
      calls,
      requests: requests.map(exampleRequest).map(({ call, body, modelCalls }) => ({ call, body, steps: modelCalls })),
    })),
    libraries,
  };
  writeFileSync(index, `${JSON.stringify(assets, null, 2)}\n`);
}

/** When something below a path was changed last. */
function newest(path: string): number {
  if (/^(node_modules|dist|assets|\.restate)$/.test(basename(path))) return 0;
  const status = statSync(path);
  const below = status.isDirectory() ? readdirSync(path).map((name) => newest(join(path, name))) : [];
  return Math.max(status.isDirectory() ? 0 : status.mtimeMs, ...below);
}

/** Packs the libraries as they would be published. By pnpm, since npm would leave "workspace:*" as it is. */
async function packLibraries(folder: string): Promise<Assets["libraries"]> {
  const libraries: Assets["libraries"] = {};
  for (const library of libraryFolders) {
    const { name, version, dependencies = {} } = readManifest(library);
    const tarball = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    const env = cleanEnvironment(repositoryRoot);
    await execa("pnpm", ["pack", "--out", join(folder, tarball)], { cwd: library, env });
    libraries[name] = {
      tarball,
      libraries: Object.keys(dependencies).filter((dependency) => dependency.startsWith("@durable-agents/")),
    };
  }
  return libraries;
}

function copyTemplate(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !/[\\/](node_modules|\.restate)$/.test(path) });
  writeManifest(from, to);
}

/** Copies the files of an implementation's patterns, without region markers, which are for the documentation. */
function copyPatterns(from: string, to: string): void {
  mkdirSync(join(to, "src"), { recursive: true });
  for (const file of readdirSync(join(from, "src"))) {
    const source = readFileSync(join(from, "src", file), "utf8");
    writeFileSync(
      join(to, "src", file),
      source.replace(/^[ \t]*\/\/ #(end)?region\b.*\n/gm, "").replace(/\n{3,}/g, "\n\n"),
    );
  }
  writeManifest(from, to);
}

/** Writes a package.json with the versions that are installed here, in place of "catalog:". */
function writeManifest(from: string, to: string): void {
  const manifest = readManifest(from);
  for (const list of [manifest.dependencies, manifest.devDependencies ?? {}])
    for (const [name, version] of Object.entries(list))
      if (version.startsWith("catalog:")) list[name] = installedVersion(from, name);
  writeFileSync(join(to, "package.json"), JSON.stringify(manifest));
}

const readManifest = (folder: string) => readPackage(folder) as unknown as Manifest & { version: string };
