import type { Assets, Dependencies, Manifest, PackageManager } from "./assets.ts";

/** Install scripts and whether they may run: Node 24 links its binary; nothing else has to. */
const SCRIPTS: Record<string, boolean> = { "@scarf/scarf": false, node: true };

/**
 * A project's package.json, and the file beside it that its package manager reads, if any.
 *
 * @param assets which libraries of ours there are
 * @param manifest of a template: with `workspace:*` where a library of ours is asked for
 * @param packageManager who installs
 * @returns the files by path, and the tarballs of our libraries that they name
 */
export function packageFiles({ libraries }: Assets, manifest: Manifest, packageManager: PackageManager) {
  const dependencies = { ...manifest.dependencies };
  const devDependencies = { ...manifest.devDependencies };
  // Yarn runs the script that links Node 24 with the very binary that is not there yet.
  if (packageManager === "yarn") delete devDependencies.node;
  const own: Dependencies = {};
  for (const list of [dependencies, devDependencies]) {
    // Grows while it is walked: what one of our libraries asks of another one is in no registry either.
    const names = new Set(Object.keys(list));
    for (const name of names) {
      const library = libraries[name];
      if (!library) continue;
      own[name] = `file:./vendor/${library.tarball}`;
      list[name] = own[name];
      for (const below of library.libraries) if (!(below in dependencies)) names.add(below);
    }
  }
  const overrides = { ...own, ...manifest.overrides };
  const all = { ...dependencies, ...devDependencies };
  const content = {
    ...manifest,
    dependencies: sorted(dependencies),
    devDependencies: sorted(devDependencies),
    overrides: undefined,
    ...(packageManager === "npm" && {
      // npm takes an override of what the project itself asks for only as a reference to that.
      overrides: mapValues(overrides, (version, name) => (name in all ? `$${name}` : version)),
      allowScripts: SCRIPTS,
    }),
    ...(packageManager === "bun" && {
      overrides,
      trustedDependencies: Object.keys(SCRIPTS).filter((name) => SCRIPTS[name]),
    }),
    ...(packageManager === "yarn" && { resolutions: overrides }),
  };
  const files = new Map([["package.json", `${JSON.stringify(content, null, 2)}\n`]]);
  if (packageManager === "yarn") files.set(".yarnrc.yml", "enableScripts: false\nnodeLinker: node-modules\n");
  if (packageManager === "pnpm") {
    const yaml = (entries: object) =>
      Object.entries(entries)
        .map(([name, value]) => `  "${name}": ${value}\n`)
        .join("");
    files.set(
      "pnpm-workspace.yaml",
      `# The libraries in vendor/ are in no registry yet.
overrides:
${yaml(overrides)}
# Install scripts: Node 24 links its binary; nothing else has to run one.
allowBuilds:
${yaml(SCRIPTS)}
# The Node that the scripts run on, whichever one pnpm runs on.
nodeVersion: ${devDependencies.node}
`,
    );
  }
  return { files, tarballs: Object.keys(own).map((name) => libraries[name]?.tarball as string) };
}

const mapValues = (entries: Dependencies, map: (value: string, name: string) => string): Dependencies =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, map(value, name)]));

const sorted = (entries: Dependencies): Dependencies =>
  Object.fromEntries(Object.entries(entries).sort(([a], [b]) => a.localeCompare(b, "en")));
