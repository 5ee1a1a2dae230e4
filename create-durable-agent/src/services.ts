import type { Sdk } from "./templates.ts";

/** Longest line of a file, in characters; the width that the sources are formatted for. */
const LINE_WIDTH = 120;

/** `src/services.ts` with nothing but the services of the chosen patterns. */
export function servicesFile({ services }: Sdk, patterns: string[]): string {
  const files = [...new Set(services.map(({ pattern }) => pattern))].filter((name) => patterns.includes(name)).sort();
  const chosen = services.filter(({ pattern }) => patterns.includes(pattern));
  const imports = files.map((file) => {
    const names = chosen.filter(({ pattern }) => pattern === file).map(({ name }) => name);
    return wrapped("import { ", names.sort(), ` } from "./${file}.ts";`);
  });
  const names = chosen.map(({ name }) => name);
  return `${imports.join("\n")}\n\n${wrapped("export const services = [", names, "];")}\n`;
}

/** A list on one line where it fits, else with one line for each. */
function wrapped(opening: string, names: string[], closing: string): string {
  const line = `${opening}${names.join(", ")}${closing}`;
  if (line.length <= LINE_WIDTH) return line;
  return `${opening.trimEnd()}\n${names.map((name) => `  ${name},\n`).join("")}${closing.trimStart()}`;
}
