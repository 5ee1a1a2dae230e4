import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment, temporaryFolder } from "@durable-agents/crash-harness";
import { execa } from "execa";
import { installedVersion, repositoryRoot } from "./repository.ts";

export interface PackedOptions {
  /** Folders in `libs/`, such as `lanes`: what the program imports, after whatever of ours that needs itself. */
  libraries: string[];
  /** Packages that the program imports besides the libraries and their peers, in the version that the last library tests with. */
  besides?: string[];
  /** What a user of the libraries may write first: TypeScript that serves something on `$PORT`. */
  program: string;
}

/** What restate-server brings along counts installations; nothing else has an install script. */
const allowBuilds = { "@scarf/scarf": false };

/**
 * Packs libraries as they would be published, and installs them in an empty project outside of the repository, with
 * their peers in the versions that the repository has. Types of the program are checked, strictly; it runs when a
 * `Subject` is started in the folder.
 *
 * @returns the project's folder, which is gone when this process is
 * @throws Error with what pnpm or tsc printed, if the libraries can't be packed or installed, or types do not fit
 */
export async function installPacked({ libraries, besides = [], program }: PackedOptions): Promise<string> {
  const project = temporaryFolder("project");
  const env = cleanEnvironment(repositoryRoot);
  const tarballs: Record<string, string> = {};
  const needs: string[] = [];
  for (const library of libraries) {
    const folder = join(repositoryRoot, "libs", library);
    const { name, peerDependencies = {} } = readManifest(folder);
    // By pnpm, since npm would leave "workspace:*" as it is. It was built before: others may be reading `dist` now.
    const out = join(project, `${library}.tgz`);
    await execa("pnpm", ["pack", "--config.ignore-scripts=true", "--out", out], { cwd: folder, env });
    tarballs[name] = `file:./${library}.tgz`;
    needs.push(...Object.keys(peerDependencies).map((peer) => `${peer}@${installedVersion(folder, peer)}`));
  }
  const last = join(repositoryRoot, "libs", libraries.at(-1) ?? "");
  needs.push(...besides.map((name) => `${name}@${installedVersion(last, name)}`));
  needs.push(...["typescript", "@types/node"].map((name) => `${name}@${installedVersion(repositoryRoot, name)}`));

  const manifest = { name: "empty", private: true, type: "module", scripts: { start: "exec node src/main.ts" } };
  writeFileSync(join(project, "package.json"), JSON.stringify({ ...manifest, dependencies: tarballs }));
  // What one of them needs of another is not in a registry either. (YAML takes JSON.)
  writeFileSync(join(project, "pnpm-workspace.yaml"), JSON.stringify({ overrides: tarballs, allowBuilds }));
  mkdirSync(join(project, "src"));
  writeFileSync(join(project, "src/main.ts"), program);

  // Offline: what it needs is in pnpm's store, since this repository needs it too.
  await execa("pnpm", ["add", "--offline", ...new Set(needs)], { cwd: project, env });
  const strict = ["--noEmit", "--strict", "--target", "es2024", "--module", "nodenext", "--types", "node"];
  await execa("node_modules/.bin/tsc", [...strict, "src/main.ts"], { cwd: project, env });
  return project;
}

const readManifest = (folder: string): { name: string; peerDependencies?: Record<string, string> } =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
