import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { builtinModules } from "node:module";
import { dirname, extname, join, posix, relative } from "node:path";
import { cleanEnvironment, installedVersion, readPackage, repositoryRoot } from "@durable-agents/processes";
import { exampleRequests, findImplementations, type Implementation, type ScriptedAgent } from "@durable-agents/testkit";
import { execa } from "execa";
import { parse } from "yaml";
import {
  type Dependencies,
  type Library,
  type Pattern,
  type Sdk,
  type Templates,
  templatesFolder,
} from "../src/templates.ts";
import { importsOf, servicesOf, withoutRegions } from "./modules.ts";
import { patterns } from "./patterns.ts";

const inRepository = (path: string) => join(repositoryRoot, path);
const ownFolder = inRepository("create-durable-agent");
const libraryFolders = readdirSync(inRepository("libs")).map((name) => inRepository(`libs/${name}`));

const answers = inRepository("harness/testkit/src/model-answers");
const scriptFile = inRepository("packages/shared/fixtures/model-answers.json");
const script = JSON.parse(readFileSync(scriptFile, "utf8")) as { agent: string }[];

/** What every project needs to be developed, whatever it imports. */
const DEVELOPMENT = ["@types/node", "commander", "node", "typescript", "vitest"];

/** Imports of files that are made for each project, since the chosen patterns are in them. */
const MADE_FOR_EACH = new Set(["services.ts", "mock-model/index.ts", "package.json"]);

/** Where the files of a project come from, by their folder in the templates. */
const origins: [place: string, folder: string][] = [
  ...findImplementations().map(({ name, folder }): [string, string] => [`${name}/src`, join(folder, "src")]),
  ["shared", inRepository("packages/shared/src")],
  ["requests", inRepository("packages/shared/requests")],
  ["mock-model", answers],
  ["project", join(ownFolder, "project")],
];

/** Makes the templates from the packages themselves, unless they are made from what is there now. */
export async function makeTemplates(): Promise<void> {
  const madeFrom = fingerprint();
  const index = join(templatesFolder, "templates.json");
  if (existsSync(index) && (JSON.parse(readFileSync(index, "utf8")) as Templates).madeFrom === madeFrom) return;

  // Made elsewhere and then moved, so that nobody finds half of them.
  const draft = mkdtempSync(join(ownFolder, ".templates-"));
  try {
    for (const [place, folder] of origins) copySources(folder, join(draft, place));
    writeCommonFiles(draft);
    await format(draft);
    const libraries = await packLibraries(join(draft, "vendor"));
    writeFileSync(
      join(draft, "templates.json"),
      `${JSON.stringify({ madeFrom, ...(await describe(draft, libraries)) }, null, 2)}\n`,
    );
    rmSync(templatesFolder, { recursive: true, force: true });
    renameSync(draft, templatesFolder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A hash of everything that the templates are made from. */
function fingerprint(): string {
  const folders = [
    ...origins.map(([, folder]) => folder),
    import.meta.dirname,
    ...libraryFolders.map((folder) => join(folder, "src")),
  ];
  const single = [
    ...["pnpm-workspace.yaml", "tsconfig.base.json", "LICENSE", ".env.example"].map(inRepository),
    scriptFile,
    ...[...libraryFolders, ...findImplementations().map(({ folder }) => folder), ownFolder].map((folder) =>
      join(folder, "package.json"),
    ),
    ...libraryFolders.map((folder) => join(folder, "README.md")),
  ];
  const hash = createHash("sha256");
  for (const file of [...folders.flatMap(filesIn), ...single].filter((path) => existsSync(path))) {
    hash.update(relative(repositoryRoot, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** All files below a folder, by their whole path, in a fixed order. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

function copySources(from: string, to: string): void {
  for (const file of filesIn(from)) {
    // These are made for each project.
    if (file === join(answers, "index.ts") || file.endsWith("/src/services.ts")) continue;
    const target = join(to, relative(from, file));
    mkdirSync(dirname(target), { recursive: true });
    if (extname(file) !== ".ts") cpSync(file, target);
    else writeFileSync(target, withoutRegions(readFileSync(file, "utf8")));
  }
}

function writeCommonFiles(draft: string): void {
  cpSync(inRepository("LICENSE"), join(draft, "project/LICENSE"));
  cpSync(inRepository(".env.example"), join(draft, "project/_env.example"));
  const { compilerOptions } = JSON.parse(readFileSync(inRepository("tsconfig.base.json"), "utf8"));
  const include = ["src", "shared", "mock-model", "test", "local.ts"];
  writeFileSync(join(draft, "project/tsconfig.json"), JSON.stringify({ compilerOptions, include }));
}

/** Formats what has lost lines, and sorts imports that have other names now. */
async function format(folder: string): Promise<void> {
  const config = ["--config-path", inRepository("biome.json"), "--vcs-enabled=false"];
  await execa("biome", ["check", "--write", ...config, folder], { cwd: folder, env: cleanEnvironment(repositoryRoot) });
}

/** Packs the libraries as they would be published. By pnpm, since npm would leave "workspace:*" as it is. */
async function packLibraries(folder: string): Promise<Record<string, Library>> {
  mkdirSync(folder);
  const libraries: Record<string, Library> = {};
  const manifests = libraryFolders.map((library) => ({ library, manifest: readManifest(library) }));
  const own = new Set(manifests.map(({ manifest }) => manifest.name));
  for (const { library, manifest } of manifests) {
    const tarball = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
    await execa("pnpm", ["pack", "--config.ignore-scripts=true", "--out", join(folder, tarball)], {
      cwd: library,
      env: cleanEnvironment(repositoryRoot),
    });
    libraries[manifest.name] = {
      tarball,
      libraries: Object.keys(manifest.dependencies ?? {}).filter((name) => own.has(name)),
    };
  }
  return libraries;
}

async function describe(draft: string, libraries: Record<string, Library>): Promise<Omit<Templates, "madeFrom">> {
  const sources = filesIn(draft).filter((file) => !file.startsWith(join(draft, "vendor")));
  const paths = sources.map((file) => relative(draft, file));
  const files: Templates["files"] = {};
  for (const path of paths) files[path] = describeFile(draft, path, paths);
  const sdks = findImplementations().map((implementation) => describeSdk(implementation, libraries));
  return {
    version: readPackage(ownFolder).version as string,
    patterns: await Promise.all(patterns.map((pattern) => describePattern(pattern, files))),
    // The reference is what the others are compared with, and rarely what somebody builds on.
    sdks: [...sdks.slice(1), ...sdks.slice(0, 1)],
    files,
    libraries,
    peers: peersOf(
      sdks.flatMap(({ name, dependencies }) => Object.keys(dependencies).map((it) => [name, it] as const)),
    ),
    devDependencies: Object.fromEntries(DEVELOPMENT.map((name) => [name, installedVersion(ownFolder, name)])),
    devPeers: Object.fromEntries(DEVELOPMENT.flatMap(versionsOfPeers)),
  };
}

function describeFile(draft: string, path: string, paths: string[]): Templates["files"][string] {
  if (extname(path) !== ".ts") return { files: [], packages: [] };
  const imports = importsOf(path, readFileSync(join(draft, path), "utf8"));
  const files: string[] = [];
  const packages: string[] = [];
  for (const name of imports) {
    if (MADE_FOR_EACH.has(name.replace(/^\.+\//, ""))) continue;
    const file = name.startsWith("#shared/")
      ? `${name.replace("#", "")}.ts`
      : name.startsWith(".")
        ? posix.join(posix.dirname(path), name)
        : undefined;
    if (file === undefined) packages.push(packageOf(name));
    else if (paths.includes(file)) files.push(file);
    else throw new Error(`${path} imports ${name}, which is not a part of the templates`);
  }
  return {
    files,
    packages: [...new Set(packages)].filter((name) => !name.startsWith("node:") && !builtinModules.includes(name)),
  };
}

/** The package of an import, without the path in it. */
const packageOf = (name: string) =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

async function describePattern(
  { name, summary, shownRequests }: (typeof patterns)[number],
  files: Templates["files"],
): Promise<Pattern> {
  const requests = exampleRequests
    .filter(({ pattern }) => pattern === name)
    .map(({ name, call, body }) => ({ name, call, body, shown: shownRequests.includes(name) }));
  const missing = shownRequests.find((shown) => !requests.some((request) => request.name === shown));
  if (missing) throw new Error(`The pattern ${name} has no example request ${missing}`);
  return { name, summary, requests, buildsOn: foundationsOf(name, files), mockModel: await mockModelOf(name) };
}

/** What the mock model plays for a pattern: what its file exports, with the answers to these agents that were written by hand. */
async function mockModelOf(pattern: string): Promise<Pattern["mockModel"]> {
  const module = (await import(join(answers, `${pattern}.ts`))) as Record<string, ScriptedAgent[]>;
  const [[name, agents] = ["", []], ...more] = Object.entries(module);
  if (name === "" || more.length > 0)
    throw new Error(`${pattern}.ts in ${answers} exports something else than one list`);
  const names = agents.map((agent) => agent.name);
  return { agents: name, script: script.filter(({ agent }) => names.includes(agent)) };
}

/** The patterns whose contracts a pattern's file imports: it calls their services. */
function foundationsOf(pattern: string, files: Templates["files"]): string[] {
  const imported = Object.entries(files).flatMap(([path, file]) =>
    path.endsWith(`/src/${pattern}.ts`) ? file.files : [],
  );
  return patterns
    .map(({ name }) => name)
    .filter((name) => name !== pattern && imported.includes(`shared/contracts/${name}.ts`));
}

function describeSdk({ name, folder, manifest }: Implementation, libraries: Record<string, Library>): Sdk {
  const { description, dependencies = {} } = readManifest(folder);
  const versions = Object.keys(dependencies)
    .filter((dependency) => dependency !== "@durable-agents/shared")
    .map((dependency) => [dependency, dependency in libraries ? "" : installedVersion(folder, dependency)]);
  const services = servicesOf(`${name}/src/services.ts`, readFileSync(join(folder, "src/services.ts"), "utf8"));
  return {
    name,
    title: manifest.title,
    description: description ?? manifest.title,
    dependencies: Object.fromEntries(versions),
    overrides: overridesFor(manifest.sdkPackage),
    services,
    manifest,
  };
}

/** The overrides of the repository that an SDK needs: those of packages from the same publisher. */
function overridesFor(sdkPackage: string): Dependencies {
  const { overrides } = parse(readFileSync(inRepository("pnpm-workspace.yaml"), "utf8")) as { overrides: Dependencies };
  const [scope] = sdkPackage.split("/");
  return Object.fromEntries(Object.entries(overrides).filter(([name]) => name.startsWith(`${scope}/`)));
}

function peersOf(dependencies: (readonly [implementation: string, name: string])[]): Record<string, string[]> {
  const peers: Record<string, string[]> = {};
  for (const [implementation, name] of dependencies) {
    const needed = requiredPeers(readManifest(inRepository(`packages/${implementation}/node_modules/${name}`)));
    if (needed.length > 0) peers[name] = needed;
  }
  return peers;
}

/** The peers that a tool can't do without, in the versions that it has here. */
function versionsOfPeers(tool: string): [name: string, version: string][] {
  const [folder] = [ownFolder, repositoryRoot].map((place) => join(place, "node_modules", tool)).filter(existsSync);
  return folder
    ? requiredPeers(readManifest(folder)).map((name) => [name, installedVersion(realpathSync(folder), name)])
    : [];
}

function requiredPeers({ peerDependencies = {}, peerDependenciesMeta = {} }: PackageManifest): string[] {
  return Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
}

interface PackageManifest {
  name: string;
  version: string;
  description?: string;
  dependencies?: Dependencies;
  peerDependencies?: Dependencies;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

const readManifest = (folder: string) => readPackage(folder) as unknown as PackageManifest;
