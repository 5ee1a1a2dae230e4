import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Assets, type Manifest, readFiles } from "./assets.ts";
import { type Choices, packageName, withCalled } from "./choices.ts";
import { curl, withCommandsOf } from "./commands.ts";
import { packageFiles } from "./package-files.ts";

/** Files by their path in a project. */
export type Project = Map<string, Buffer | string>;

/**
 * Puts a project together, in memory: the SDK's template, or, in it, patterns in place of the template's agent.
 *
 * @returns its files, by path
 */
export function makeProject(
  assets: Assets,
  choices: Pick<Choices, "directory" | "sdk" | "patterns" | "packageManager">,
): Project {
  const { directory, sdk, patterns, packageManager } = choices;
  const project: Project = readFiles(join("templates", sdk));
  const name = packageName(directory);
  const manifest: Manifest = { ...readManifest(project), name };
  if (patterns.length > 0) {
    for (const path of project.keys()) if (path.startsWith("src/")) project.delete(path);
    Object.assign(manifest, takePatterns(assets, choices, project));
  }
  const files = packageFiles(manifest, packageManager);
  for (const [path, content] of files) project.set(path, content);
  for (const [path, content] of readFiles("vendor"))
    if (files.get("package.json")?.includes(`/${path}"`)) project.set(`vendor/${path}`, content);

  const readme = String(project.get("README.md")).replace(/^# .*/, `# ${name}`);
  project.set("README.md", withCommandsOf(packageManager, readme));
  // npm leaves a .gitignore out of packages, so it has another name here.
  project.set(".gitignore", project.get("_gitignore") as Buffer);
  project.delete("_gitignore");
  return new Map([...project].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Writes a project.
 *
 * @param directory a folder that is empty or not there
 * @throws Error if it can't be written; what was begun is gone
 */
export function writeProject(directory: string, project: Project): void {
  const folder = resolve(directory);
  const made = mkdirSync(folder, { recursive: true });
  try {
    for (const [path, content] of project) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  } catch (error) {
    const begun = made === undefined ? readdirSync(folder).map((entry) => join(folder, entry)) : [made];
    for (const path of begun) rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

/** Puts the files of patterns into a project. @returns what is in their package.json that is not in the template's */
function takePatterns(
  assets: Assets,
  { sdk, patterns: names }: Pick<Choices, "sdk" | "patterns">,
  project: Project,
): Partial<Manifest> {
  const patterns = withCalled(assets, names);
  const isLeftOut = (path: string) =>
    assets.patterns.some((pattern) => path === `src/${pattern.name}.ts` && !patterns.includes(pattern));
  const sources = readFiles(join("patterns", sdk));
  for (const [path, content] of sources) if (path.startsWith("src/") && !isLeftOut(path)) project.set(path, content);
  project.set("src/services.ts", servicesOf(String(sources.get("src/services.ts")), isLeftOut));

  const requests = patterns.flatMap((pattern) => pattern.requests);
  const lines = requests.map((request) => `  ${JSON.stringify(request)},\n`).join("");
  const rows = patterns.map(({ name, summary }) => `| \`src/${name}.ts\` | ${summary} |`);
  for (const [path, content] of readFiles("pattern-project")) {
    const text = String(content)
      .replace("{{sdk}}", assets.sdks.find(({ name }) => name === sdk)?.title ?? sdk)
      .replace("{{patterns}}", rows.join("\n"))
      .replace("{{curls}}", () => requests.map(curl).join("\n"))
      .replace("steps: number })[] = []", () => `steps: number })[] = [\n${lines}]`);
    project.set(path, text);
  }
  const { description, imports, dependencies, implementation } = readManifest(sources);
  // What the conformance suite wants to know of an implementation, which serves everything.
  const all = patterns.length === assets.patterns.length;
  return { description, imports, dependencies, ...(all && { implementation }) };
}

/** `services.ts` without the services of the files that are left out: each import in it is of one file. */
function servicesOf(source: string, isLeftOut: (path: string) => boolean): string {
  const imports = [...source.matchAll(/^import \{([^}]+)\} from "\.\/(.+)";\n/gm)];
  const kept = imports.filter(([, , file]) => !isLeftOut(`src/${file}`));
  const names = kept.flatMap(([, names = ""]) => names.match(/\w+/g) ?? []);
  const list = names.map((name) => `  ${name},\n`).join("");
  return `${kept.map(([line]) => line).join("")}\nexport const services = [\n${list}];\n`;
}

const readManifest = (files: Project): Manifest => JSON.parse(String(files.get("package.json")));
