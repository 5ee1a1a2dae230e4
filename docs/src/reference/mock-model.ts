import type { Declaration } from "./declarations.ts";
import { exportsOf, findLibrary, memberTable, resolveLinks } from "./library-pages.ts";
import { code, fenced, paragraphs } from "./markdown.ts";

/** What a reader needs of the mock model's types, in this order; the library's page has the rest. */
const shown = ["MockModel", "MockModelOptions", "MisbehaviourRule", "ModelMisbehaviour"];

/** The part of `reference/mock-model.md` that comes from the TSDoc of the class and of the types that it takes. */
export function mockModelSection(): string {
  const library = findLibrary("crash-harness");
  const all = exportsOf(library);
  const links = (name: string) => {
    if (shown.includes(name)) return `[${code(name)}](#${name.toLowerCase()})`;
    const isExported = all.some((declaration) => declaration.name === name);
    return isExported ? `[${code(name)}](api/${library.folder}.md#${name.toLowerCase()})` : code(name);
  };
  const section = ({ name, kind, comment, signature, members }: Declaration) =>
    paragraphs(
      `### ${name}`,
      resolveLinks(comment.text, links),
      kind === "type" ? fenced("ts", signature) : undefined,
      memberTable(members, links),
    );
  const sections = shown.map((name) => {
    const found = all.find((declaration) => declaration.name === name);
    if (!found) throw new Error(`${library.name} does not export ${name}, which reference/mock-model.md shows`);
    return section(found);
  });
  return paragraphs(...sections);
}
