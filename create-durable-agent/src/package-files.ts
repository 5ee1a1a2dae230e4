import { type Dependencies, type PackageManager, packageManagers, type Sdk, type Templates } from "./templates.ts";

/** What decides on a project's package.json and on what its package manager reads besides. */
export interface PackageChoices {
  name: string;
  sdk: Sdk;
  packageManager: PackageManager;
  /** The packages that the project's files import, apart from those of the harness. */
  imported: Set<string>;
  /** The packages that its test, its mock model and its start script import. */
  importedToDevelop: Set<string>;
  /** Whether it serves the whole contract, and so can be judged by the conformance suite. */
  complete: boolean;
}

/** Install scripts and whether they may run: Node 24 links its binary; nothing else has to. */
const SCRIPTS: Record<string, boolean> = { "@scarf/scarf": false, esbuild: false, node: true };

/** Whether a package manager can install Node 24. Yarn runs the script that links it with the very binary that is not there yet. */
export const bringsNode = (packageManager: PackageManager) => packageManager !== "yarn";

/**
 * A project's package.json, and the files beside it that its package manager reads.
 *
 * @returns the files by path, and the tarballs of own libraries that they name
 */
export function packageFiles(templates: Templates, choices: PackageChoices) {
  const { name, sdk, packageManager, imported, importedToDevelop, complete } = choices;
  const dependencies = inVersions(templates, sdk, withPeers(templates, sdk, imported));
  const toDevelop = inVersions(templates, sdk, withPeers(templates, sdk, importedToDevelop));
  const devDependencies = sorted({
    ...Object.fromEntries(
      Object.entries(templates.devDependencies).filter(([tool]) => tool !== "node" || bringsNode(packageManager)),
    ),
    ...(packageManager === "yarn" && templates.devPeers),
    ...Object.fromEntries(Object.entries(toDevelop).filter(([dependency]) => !(dependency in dependencies))),
  });
  const all = { ...dependencies, ...devDependencies };
  const libraries = Object.keys(templates.libraries).filter((library) => library in all);
  // What a library asks of another one is in no registry either, so it is told where they are, too.
  const overrides = sorted({
    ...Object.fromEntries(libraries.map((library) => [library, all[library] as string])),
    ...sdk.overrides,
  });

  const manifest = {
    name,
    version: "0.1.0",
    private: true,
    description: `${sdk.description}`,
    type: "module",
    imports: { "#shared/*": "./shared/*.ts" },
    scripts: {
      start: "node local.ts",
      dev: "node local.ts --watch",
      serve: "node src/serve.ts",
      test: "vitest run",
      typecheck: "tsc",
    },
    dependencies,
    devDependencies,
    ...(packageManager === "npm" && {
      overrides: forNpm(overrides, all),
      allowScripts: SCRIPTS,
    }),
    ...(packageManager === "bun" && {
      overrides,
      trustedDependencies: Object.keys(SCRIPTS).filter((name) => SCRIPTS[name]),
    }),
    ...(packageManager === "yarn" && { resolutions: overrides }),
    ...(complete && { implementation: sdk.manifest }),
  };
  const files: Record<string, string> = { "package.json": `${JSON.stringify(manifest, null, 2)}\n` };
  if (packageManager === "pnpm") files["pnpm-workspace.yaml"] = pnpmSettings(overrides);
  if (packageManager === "yarn") files[".yarnrc.yml"] = "enableScripts: false\nnodeLinker: node-modules\n";
  return { files, tarballs: libraries.map((library) => (templates.libraries[library] as { tarball: string }).tarball) };
}

/** Whether somebody asks for a package manager that there is. */
export const isPackageManager = (name: string): name is PackageManager =>
  (packageManagers as readonly string[]).includes(name);

/** The imported packages, the peers that they need from the project, and the own libraries below them. */
function withPeers({ peers, libraries }: Templates, { dependencies }: Sdk, imported: Set<string>): string[] {
  const needed = new Set(imported);
  // Grows while it is walked.
  for (const name of needed) {
    for (const peer of peers[name] ?? []) if (peer in dependencies) needed.add(peer);
    for (const library of libraries[name]?.libraries ?? []) needed.add(library);
  }
  return [...needed];
}

function inVersions({ libraries, devDependencies }: Templates, sdk: Sdk, names: string[]): Dependencies {
  const versionOf = (name: string) => {
    const library = libraries[name];
    const version = library ? `file:./vendor/${library.tarball}` : (sdk.dependencies[name] ?? devDependencies[name]);
    if (!version) throw new Error(`${name} is imported, but ${sdk.name} does not ask for it in its package.json`);
    return version;
  };
  return sorted(Object.fromEntries(names.map((name) => [name, versionOf(name)])));
}

/** npm takes an override of a package that the project itself asks for only as a reference to that. */
const forNpm = (overrides: Dependencies, own: Dependencies): Dependencies =>
  Object.fromEntries(Object.entries(overrides).map(([name, version]) => [name, name in own ? `$${name}` : version]));

function pnpmSettings(overrides: Dependencies): string {
  const yaml = (entries: Record<string, unknown>) =>
    Object.entries(entries)
      .map(([name, value]) => `  "${name}": ${value}\n`)
      .join("");
  return `# The libraries in vendor/ are in no registry yet; others ask for versions that are not published everywhere.
overrides:
${yaml(overrides)}
# Install scripts: Node 24 links its binary; nothing else has to run one.
allowBuilds:
${yaml(SCRIPTS)}`;
}

const sorted = (dependencies: Dependencies): Dependencies =>
  Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => a.localeCompare(b, "en")));
