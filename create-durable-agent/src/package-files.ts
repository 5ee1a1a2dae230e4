import type { Dependencies, Manifest } from "./assets.ts";

/** The package managers that a project can be made for. */
export const packageManagers = ["npm", "pnpm", "yarn", "bun"] as const;
export type PackageManager = (typeof packageManagers)[number];

/** Install scripts and whether they may run: Node 24 links its binary; nothing else has to. */
const SCRIPTS: Record<string, boolean> = { "@scarf/scarf": false, node: true };

/** A project's package.json, and the file beside it that its package manager reads, if any. @returns the files by path */
export function packageFiles(manifest: Manifest, packageManager: PackageManager): Map<string, string> {
  const devDependencies = { ...manifest.devDependencies };
  // Yarn runs the script that links Node 24 with the very binary that is not there yet.
  if (packageManager === "yarn") delete devDependencies.node;
  const all = { ...manifest.dependencies, ...devDependencies };
  // What one of our libraries asks of another one is in no registry either.
  const own = Object.entries(all).filter(([, place]) => place.startsWith("file:"));
  const overrides: Dependencies = { ...Object.fromEntries(own), ...manifest.overrides };
  // npm takes an override of what the project itself asks for only as a reference to that.
  const references = Object.entries(overrides).map(([name, version]) => [name, name in all ? `$${name}` : version]);
  const content = {
    ...manifest,
    devDependencies,
    overrides: undefined,
    ...(packageManager === "npm" && { overrides: Object.fromEntries(references), allowScripts: SCRIPTS }),
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
  return files;
}
