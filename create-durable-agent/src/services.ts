import { wrapped } from "./lists.ts";
import type { Sdk } from "./templates.ts";

/** `src/services.ts` with nothing but the services of the chosen patterns. */
export function servicesFile({ services }: Sdk, patterns: string[]): string {
  const chosen = services.filter(({ pattern }) => patterns.includes(pattern));
  const imports = [...new Set(chosen.map(({ pattern }) => pattern))].sort().map((file) => {
    const names = chosen.filter(({ pattern }) => pattern === file).map(({ name }) => name);
    return wrapped("import { ", names.sort(), ` } from "./${file}.ts";`);
  });
  const names = chosen.map(({ name }) => name);
  return `${imports.join("\n")}\n\n${wrapped("export const services = [", names, "];")}\n`;
}
