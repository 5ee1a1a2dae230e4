import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { readPackage, repositoryRoot } from "@durable-agents/testkit";
import GithubSlugger from "github-slugger";
import { type Callable, type Comment, type Declaration, declarationsOf, type Member } from "./declarations.ts";
import { code, fenced, generatedFrom, paragraphs, sentence, table } from "./markdown.ts";

/** A library in `libs/`. */
export interface Library {
  /** The folder's name, which its page has too. */
  folder: string;
  /** The package's name. */
  name: string;
  description: string;
}

const libs = join(repositoryRoot, "libs");

/** Every library that can be installed, by folder. */
export function findLibraries(): Library[] {
  return readdirSync(libs)
    .sort()
    .filter((folder) => existsSync(join(libs, folder, "package.json")))
    .map((folder) => {
      const { name, description } = readPackage(join(libs, folder));
      return { folder, name: String(name), description: String(description) };
    });
}

/** @throws Error if there is no library in such a folder */
export function findLibrary(folder: string): Library {
  const found = findLibraries().find((library) => library.folder === folder);
  if (!found) throw new Error(`There is no library libs/${folder}`);
  return found;
}

/**
 * What a library exports, from the declarations that those who install it get. They are built by run.mjs and by turbo.
 *
 * @throws Error if they are not there
 */
export function exportsOf({ folder, name }: Library): Declaration[] {
  const known = exported.get(folder);
  if (known) return known;
  const entry = join(libs, folder, "dist/index.d.ts");
  if (!existsSync(entry)) throw new Error(`${name} is not built: pnpm --filter "./libs/*" run build`);
  const declarations = declarationsOf(entry);
  exported.set(folder, declarations);
  return declarations;
}

/** Reading them takes a second for each library, and pages lead to each other. */
const exported = new Map<string, Declaration[]>();

/** The folder of the library that a declaration stands in. */
const homeOf = ({ file }: Declaration) => relative(libs, file).split("/")[0] as string;

/** The reference page of each library, by its path in `docs/`. */
export function libraryPages(libraries: Library[]): Map<string, string> {
  return new Map(libraries.map((library) => [`reference/api/${library.folder}.md`, libraryPage(library)]));
}

function libraryPage(library: Library): string {
  const declarations = exportsOf(library);
  const own = declarations.filter((declaration) => homeOf(declaration) === library.folder).sort(byKind);
  const others = declarations.filter((declaration) => homeOf(declaration) !== library.folder).sort(byKind);
  const links = linksOf(own, others);
  const row = (declaration: Declaration) => [
    links(declaration.name),
    declaration.kind,
    resolveLinks(firstSentence(declaration.comment), links),
  ];
  return `${paragraphs(
    generatedFrom(`the TSDoc of libs/${library.folder}`),
    `# ${library.name}`,
    `${sentence(library.description)} This page lists what it exports; [its README](../../../libs/${library.folder}/README.md) says how it is used.`,
    table(["export", "kind", "what it is"], [...own, ...others].map(row)),
    ...own.map((declaration) => section(declaration, library, links)),
  )}\n`;
}

/** What is called comes first; what only has a shape comes last. */
const kinds: Declaration["kind"][] = ["function", "class", "constant", "interface", "type"];
const byKind = (a: Declaration, b: Declaration) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind);

/** A name as code, and as a link where there is a section on it. */
type Links = (name: string) => string;

/**
 * @param own what has a section on this page, in their order: names that differ only in their case get numbers in anchors
 * @param others what comes from another library, and is described on its page
 */
function linksOf(own: Declaration[], others: Declaration[]): Links {
  const targets = new Map<string, string>();
  const anchors = new GithubSlugger();
  for (const { name } of own) targets.set(name, `#${anchors.slug(name)}`);
  for (const declaration of others) {
    const home = homeOf(declaration);
    const there = exportsOf(findLibrary(home))
      .filter((it) => homeOf(it) === home)
      .sort(byKind);
    const target = linksOf(there, [])(declaration.name).match(/\((.*)\)$/)?.[1];
    targets.set(declaration.name, `${home}.md${target ?? ""}`);
  }
  return (name) => (targets.has(name) ? `[${code(name)}](${targets.get(name)})` : code(name));
}

export const resolveLinks = (text: string, links: Links) =>
  text.replace(/\{@link\s+([\w.]+)\s*\}/g, (_, name: string) => links(name));

const firstSentence = ({ text, returns }: Comment): string => {
  const [paragraph = ""] = (text || sentence(returns)).split("\n\n");
  return paragraph.split(/(?<=\.)\s+(?=[A-Z])/)[0] ?? "";
};

function section(declaration: Declaration, library: Library, links: Links): string {
  const { name, kind, file, comment, signature, callable, members } = declaration;
  const source = `libs/${library.folder}/src/${relative(join(libs, library.folder, "dist"), file).replace(/\.d\.ts$/, ".ts")}`;
  return paragraphs(
    `## ${name}`,
    resolveLinks(comment.text, links),
    fenced("ts", kind === "class" && callable ? `${signature}\n\n${callable.signature}` : signature),
    ...(callable ? callableParts(callable, links) : []),
    memberTable(members, links),
    `Source: [${source}](../../../${source})`,
  );
}

/** Parameters, what comes back, and the errors. */
export function callableParts({ parameters, comment }: Callable, links: Links): (string | undefined)[] {
  const fields = comment.params.filter(({ name }) => name.includes("."));
  const rows = parameters.flatMap(({ name, type, text, optional }) => [
    ...(text || !fields.some((field) => field.name.startsWith(`${name}.`))
      ? [[code(`${name}${optional ? "?" : ""}`), typeCell(type, links), resolveLinks(text, links)]]
      : []),
    ...fields
      .filter((field) => field.name.startsWith(`${name}.`))
      .map((field) => {
        const [fieldName, fieldType] = fieldOf(type, field.name);
        return [code(fieldName), typeCell(fieldType, links), resolveLinks(field.text, links)];
      }),
  ]);
  return [
    table(["parameter", "type", "what it is"], rows),
    comment.returns && `**Returns** ${resolveLinks(comment.returns, links)}.`.replace(/\.\.$/, "."),
    ...comment.throws.map((what) => `**Throws** ${resolveLinks(what, links)}.`.replace(/\.\.$/, ".")),
  ];
}

/**
 * A field of a parameter that is an object type, such as `{ key?: string; maxItems?: number }`.
 *
 * @param path the parameter's name, a dot and the field's name
 * @returns the path, with a question mark if the field is optional, and the field's type
 */
function fieldOf(objectType: string, path: string): [string, string] {
  const field = path.split(".").at(-1);
  const [, mark = "", type = ""] = objectType.match(new RegExp(`\\b${field}(\\??): ([^;}]+?)\\s*(?:;|\\}|$)`)) ?? [];
  return [`${path}${mark}`, type];
}

/** A table of fields and methods. */
export function memberTable(members: Member[], links: Links): string | undefined {
  const rows = members.map(({ name, type, callable, comment }) => [
    code(
      callable
        ? callable.signature
            .replace(/\(\n\s+/, "(")
            .replace(/,\n\)/, ")")
            .replace(/\n\s+/g, " ")
        : name,
    ),
    type ? typeCell(type, links) : "",
    resolveLinks(describe(comment), links),
  ]);
  return table(["member", "type", "what it is"], rows);
}

function describe({ text, returns, throws }: Comment): string {
  const parts = [text, returns && `Returns ${returns}`, ...throws.map((what) => `Throws ${what}`)];
  return parts
    .filter(Boolean)
    .map((part) => sentence(part as string))
    .join(" ");
}

/** A type as code; one that is a name with a section of its own is a link. */
const typeCell = (type: string, links: Links) => (/^\w+$/.test(type) ? links(type) : type && code(type));
