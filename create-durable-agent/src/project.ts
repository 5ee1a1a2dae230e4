import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Choices, packageName, withFoundations } from "./choices.ts";
import { wrapped } from "./lists.ts";
import { mockModelFiles } from "./mock-model.ts";
import { packageFiles } from "./package-files.ts";
import { readme, vendorReadme } from "./readme.ts";
import { servicesFile } from "./services.ts";
import { type Pattern, type Sdk, type Templates, templatesFolder } from "./templates.ts";

/** Files by their path in a project. */
export type Project = Map<string, Buffer | string>;

/**
 * Puts a project together, in memory.
 *
 * @returns its files, by path
 */
export function makeProject(
  templates: Templates,
  choices: Pick<Choices, "directory" | "sdk" | "patterns" | "packageManager">,
): Project {
  const sdk = templates.sdks.find(({ name }) => name === choices.sdk) as Sdk;
  const patterns = withFoundations(templates, choices.patterns);
  const names = patterns.map(({ name }) => name);
  const name = packageName(choices.directory);

  const served = reachable(templates, [
    `${sdk.name}/src/serve.ts`,
    ...names.map((pattern) => `${sdk.name}/src/${pattern}.ts`),
  ]);
  const withScript = patterns.some((pattern) => pattern.mockModel.script.length > 0);
  const mockModel = reachable(templates, [
    ...names.map((pattern) => `mock-model/${pattern}.ts`),
    ...(withScript ? ["mock-model/with-script.ts"] : []),
  ]);
  const common = Object.keys(templates.files).filter((path) => path.startsWith("project/"));
  const requests = patterns.flatMap(({ requests }) => requests.map((request) => `requests/${request.name}.json`));

  const project: Project = new Map();
  for (const path of [...served, ...mockModel, ...common, ...requests]) {
    project.set(placeOf(sdk, path), read(path));
  }
  const packages = packageFiles(templates, {
    name,
    sdk,
    packageManager: choices.packageManager,
    imported: packagesOf(templates, served),
    importedToDevelop: packagesOf(templates, [...mockModel, ...common]),
    complete: names.length === templates.patterns.length,
  });
  for (const tarball of packages.tarballs) project.set(`vendor/${tarball}`, read(`vendor/${tarball}`));
  for (const [path, content] of Object.entries(packages.files)) project.set(path, content);
  project.set("src/services.ts", servicesFile(sdk, names));
  for (const [path, content] of Object.entries(mockModelFiles(patterns))) project.set(path, content);
  project.set("local.ts", withShownRequests(project.get("local.ts") as Buffer, patterns));
  const { packageManager } = choices;
  const subject = { name, sdk, patterns, packageManager, tarballs: packages.tarballs, version: templates.version };
  project.set("README.md", readme(subject));
  project.set("vendor/README.md", vendorReadme(subject));
  return new Map([...project].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The files that some files lead to, with them. */
function reachable({ files }: Templates, from: string[]): string[] {
  const found = new Set(from);
  // Grows while it is walked.
  for (const path of found) {
    const file = files[path];
    if (!file) throw new Error(`There is no template ${path}; make the templates again`);
    for (const other of file.files) found.add(other);
  }
  return [...found];
}

const packagesOf = ({ files }: Templates, paths: string[]) =>
  new Set(paths.flatMap((path) => files[path]?.packages ?? []));

/** Where a template goes in a project. npm leaves files like .gitignore out of packages, so they have other names here. */
function placeOf(sdk: Sdk, path: string): string {
  const place = path.replace(new RegExp(`^(${sdk.name}|project)/`), "");
  return place.replace(/^_/, ".");
}

const read = (path: string) => readFileSync(join(templatesFolder, path));

/** `local.ts` with the names of the requests that it prints. */
function withShownRequests(template: Buffer, patterns: Pattern[]): string {
  const shown = patterns.flatMap(({ requests }) => requests.filter((request) => request.shown));
  const names = shown.map(({ name }) => JSON.stringify(name));
  return template.toString().replace(/^const shown = \[.*?\];$/ms, wrapped("const shown = [", names, "];"));
}
