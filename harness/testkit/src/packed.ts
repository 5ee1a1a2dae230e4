import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cleanEnvironment, temporaryFolder } from "@durable-agents/crash-harness";
import { execa } from "execa";
import { readPackage, repositoryRoot } from "./repository.ts";

/** A program that uses a library of ours as its users do. */
export interface PackedOptions {
  /** The library's folder in `libs/`, such as `lanes`. */
  library: string;
  /** Packages that the program imports besides the library and its peers, in the version that the library tests with. */
  besides?: string[];
  /** What a user of the library may write first: TypeScript that serves something on `$PORT`. */
  program: string;
}

/** The first program of a library's README. @param library its folder in `libs/` */
export const quickStartOf = (library: string): string =>
  readFileSync(join(repositoryRoot, "libs", library, "README.md"), "utf8").match(/```ts\n(.*?)```/s)?.[1] ?? "";

/**
 * Packs a library as it would be published. It is built in a folder of its own, since others may pack it at the same time.
 *
 * @param folder the library's
 * @param tarball where the package goes
 * @throws Error with what tsc or pnpm printed
 */
async function packLibrary(folder: string, tarball: string): Promise<void> {
  const env = cleanEnvironment(repositoryRoot);
  const workspace = temporaryFolder("pack");
  const copy = join(workspace, "libs/library");
  mkdirSync(copy, { recursive: true });
  // Where pnpm finds the versions for "catalog:", and in node_modules those for "workspace:". npm would leave both as they are.
  cpSync(join(repositoryRoot, "pnpm-workspace.yaml"), join(workspace, "pnpm-workspace.yaml"));
  symlinkSync(join(folder, "node_modules"), join(copy, "node_modules"));
  for (const file of ["package.json", "README.md"]) cpSync(join(folder, file), join(copy, file));
  await execa("tsc", ["-p", "tsconfig.build.json", "--outDir", join(copy, "dist")], { cwd: folder, env });
  await execa("pnpm", ["pack", "--config.ignore-scripts=true", "--out", tarball], { cwd: copy, env });
}

/**
 * Makes a project outside of the repository with a library in it, as it would be published, and whatever of ours it needs.
 * Other packages that they say they need are links to where the repository has them, so nothing is downloaded. Types
 * of the program are checked, strictly; it runs when a `ServiceProcess` is started in the folder.
 *
 * @returns the project's folder, which is gone when this process is
 * @throws Error if a library can't be packed, or types do not fit, as where one needs what it does not say
 */
export async function installPacked({ library, besides = [], program }: PackedOptions): Promise<string> {
  const project = temporaryFolder("project");
  const folder = join(repositoryRoot, "libs", library);
  await installLibrary(project, folder);
  for (const name of besides) link(project, name, folder);
  link(project, "@types/node", repositoryRoot);

  const manifest = { name: "empty", private: true, type: "module", scripts: { start: "node src/main.ts" } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  mkdirSync(join(project, "src"));
  writeFileSync(join(project, "src/main.ts"), program);
  const strict = ["--noEmit", "--strict", "--target", "es2024", "--module", "nodenext", "--types", "node"];
  await execa("tsc", [...strict, "src/main.ts"], { cwd: project, env: cleanEnvironment(repositoryRoot) });
  return project;
}

async function installLibrary(project: string, folder: string): Promise<void> {
  const { name } = readPackage(folder) as { name: string };
  const unpacked = join(project, "node_modules", name);
  const tarball = `${unpacked}.tgz`;
  mkdirSync(unpacked, { recursive: true });
  await packLibrary(folder, tarball);
  await execa("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=1"]);
  const { dependencies, peerDependencies } = readPackage(unpacked) as Record<string, Record<string, string>>;
  for (const [needed, version] of Object.entries({ ...dependencies, ...peerDependencies })) {
    if (version.includes(":")) throw new Error(`${name} would be published with ${needed}@${version}`);
    const own = realpathSync(join(folder, "node_modules", needed));
    if (dirname(own) === join(repositoryRoot, "libs")) await installLibrary(project, own);
    else link(project, needed, folder);
  }
}

/** Gives a project the copy of a package that a folder has. */
function link(project: string, name: string, folder: string): void {
  const target = join(project, "node_modules", name);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(realpathSync(join(folder, "node_modules", name)), target);
}
