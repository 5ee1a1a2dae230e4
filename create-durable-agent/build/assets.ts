import {
  cpSync,
  type Dirent,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cleanEnvironment } from "@durable-agents/crash-harness";
import {
  findImplementations,
  findPattern,
  installedVersion,
  readPackage,
  repositoryRoot,
} from "@durable-agents/testkit";
import { execa } from "execa";
import { type Assets, assetsFolder, type Manifest } from "../src/assets.ts";

/** The patterns in the order in which they are listed, and what the comparison runs of the same files besides. */
const patterns: { name: string; summary: string; also?: string[]; calls?: string[] }[] = [
  { name: "orchestrator-worker", summary: "a plan, workers in parallel, a report" },
  { name: "parallel-claim-analysis", summary: "three specialists at once, one decision" },
  { name: "router", summary: "a decision that survives the crash" },
  {
    name: "multi-agent",
    summary: "an agent with specialists as tools, here or remote",
    also: ["remote-agent"],
    calls: ["parallel-claim-analysis"],
  },
  { name: "claim-session", summary: "handoff and conversation in a Virtual Object" },
  { name: "specialist-team", summary: "a planner that picks workers and orders their work" },
];

const inRepository = (path: string) => join(repositoryRoot, path);
const ownFolder = inRepository("create-durable-agent");

/** Our libraries, which are in no registry yet, by name: where their tarballs are in a project, and which others they need. */
const libraries = new Map(
  [...readdirSync(inRepository("libs")).map((name) => `libs/${name}`), "packages/shared"].map((folder) => {
    const { name, version, dependencies = {} } = readManifest(inRepository(folder));
    const place = `file:./vendor/${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    return [name, { place, needs: Object.keys(dependencies) }];
  }),
);

/** Puts together in `assets/` what projects are made of, unless nothing has changed since. */
export async function makeAssets(): Promise<void> {
  const index = join(assetsFolder, "index.json");
  if (existsSync(index) && lastChange() <= statSync(index).mtimeMs) return;

  rmSync(assetsFolder, { recursive: true, force: true });
  // As they would be published. By pnpm, since npm would leave "workspace:*" as it is.
  const ours = ["--filter", "./libs/*", "--filter", "./packages/shared"];
  const options = { cwd: repositoryRoot, env: cleanEnvironment(repositoryRoot) };
  await execa("pnpm", ["-r", ...ours, "pack", "--pack-destination", join(assetsFolder, "vendor")], options);
  const implementations = findImplementations();
  for (const { name, folder } of implementations) {
    copyTemplate(join(ownFolder, `template-${name}`), join(assetsFolder, "templates", name));
    copyPatterns(folder, join(assetsFolder, "patterns", name));
  }
  cpSync(join(ownFolder, "pattern-project"), join(assetsFolder, "pattern-project"), { recursive: true });
  cpSync(inRepository(".env.example"), join(assetsFolder, "pattern-project/.env.example"));
  const assets: Assets = {
    version: String(readManifest(ownFolder).version),
    // The reference is what the others are compared with, and rarely what a project is built on.
    sdks: [...implementations.slice(1), ...implementations.slice(0, 1)].map(({ name, manifest }) => {
      return { name, title: manifest.title };
    }),
    patterns: patterns.map(({ name, summary, also = [], calls = [] }) => {
      const requests = [name, ...also].map((it) => findPattern(it).request);
      const tried = requests.map(({ call, body, modelCalls }) => ({ call, body, steps: modelCalls }));
      return { name, summary, calls, requests: tried };
    }),
  };
  writeFileSync(index, `${JSON.stringify(assets, null, 2)}\n`);
}

/** When something that assets are made from was changed last. */
function lastChange(): number {
  const inputs = [
    "{libs,packages,create-durable-agent/{build,pattern-project,template-*}}/**",
    "{pnpm-lock.yaml,.env.example,create-durable-agent/package.json}",
  ];
  const isLeftOut = ({ name }: Dirent) => /^(node_modules|dist|\.restate)$/.test(name);
  return globSync(inputs, { cwd: repositoryRoot, withFileTypes: true, exclude: isLeftOut })
    .filter((entry) => entry.isFile())
    .reduce((newest, { parentPath, name }) => Math.max(newest, statSync(join(parentPath, name)).mtimeMs), 0);
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

/** Writes a package.json with installed versions in place of "catalog:", and tarballs of our libraries and of those they need. */
function writeManifest(from: string, to: string): void {
  const manifest = readManifest(from);
  for (const field of ["dependencies", "devDependencies"] as const) {
    const list = new Map(Object.entries(manifest[field] ?? {}));
    for (const [name, version] of list) {
      if (version.startsWith("catalog:")) list.set(name, installedVersion(from, name));
      const { place, needs } = libraries.get(name) ?? {};
      if (place) list.set(name, place);
      // The list grows while it is walked.
      for (const needed of needs ?? []) if (libraries.has(needed) && !list.has(needed)) list.set(needed, "");
    }
    manifest[field] = Object.fromEntries([...list].sort(([a], [b]) => a.localeCompare(b, "en")));
  }
  writeFileSync(join(to, "package.json"), JSON.stringify(manifest));
}

function readManifest(folder: string): Manifest {
  return readPackage(folder) as unknown as Manifest;
}
