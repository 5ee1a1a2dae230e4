import { parseSync } from "rolldown/utils";

/**
 * What a module imports, and exports from elsewhere, types included.
 *
 * @throws Error if it can't be parsed
 */
export function importsOf(path: string, source: string): string[] {
  const { module } = parsed(path, source);
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value)),
  ];
  return [...new Set(requests.filter((request) => request !== undefined))];
}

/**
 * The services of a `services.ts`, in order, each with the pattern whose file it comes from.
 *
 * @throws Error if the list has something else in it than what is imported
 */
export function servicesOf(path: string, source: string): { pattern: string; name: string }[] {
  const { module, program } = parsed(path, source);
  const origins = new Map(
    module.staticImports.flatMap(({ moduleRequest, entries }) =>
      entries.map(({ localName }) => [localName.value, moduleRequest.value.replace(/^\.\/(.*)\.ts$/, "$1")]),
    ),
  );
  for (const statement of program.body) {
    if (statement.type !== "ExportNamedDeclaration" || statement.declaration?.type !== "VariableDeclaration") continue;
    const [declarator] = statement.declaration.declarations;
    if (declarator?.id.type !== "Identifier" || declarator.id.name !== "services") continue;
    if (declarator.init?.type !== "ArrayExpression") break;
    return declarator.init.elements.map((element) => {
      const pattern = element?.type === "Identifier" ? origins.get(element.name) : undefined;
      if (element?.type !== "Identifier" || !pattern) throw new Error(`${path}: not every service is an import`);
      return { pattern, name: element.name };
    });
  }
  throw new Error(`${path} exports no list "services"`);
}

/** A source without its region markers, which are for the documentation. */
export const withoutRegions = (source: string) =>
  source.replace(/^[ \t]*\/\/ #(end)?region\b.*\n/gm, "").replace(/\n{3,}/g, "\n\n");

function parsed(path: string, source: string) {
  const result = parseSync(path, source);
  const [error] = result.errors;
  if (error) throw new Error(`${path}: ${error.message}`);
  return result;
}
