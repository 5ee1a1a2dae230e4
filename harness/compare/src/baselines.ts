import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findImplementations, readPackage, repositoryRoot } from "@durable-agents/testkit";
import { z } from "zod";

/** What a baseline says of itself, under "baseline" in its package.json. One program may run as several systems. */
export const BaselineManifest = z.strictObject({
  sdkPackage: z.string().min(1).describe("The npm package whose version tables show"),
  systems: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9-]+$/)
          .describe("What --only takes"),
        title: z.string().min(1).describe("Its name in tables"),
        sdkAloneOf: z
          .array(z.string())
          .describe("The implementations and systems whose costs are compared with this one, which stores nothing"),
        engine: z
          .string()
          .min(1)
          .nullable()
          .describe("The npm package that stores its progress in PostgreSQL; null if nothing does"),
        env: z.record(z.string(), z.string()).describe("What it finds in its environment"),
        notes: z.array(z.string()).describe("What a reader of the table should know"),
      }),
    )
    .min(1),
});
export type BaselineManifest = z.infer<typeof BaselineManifest>;

export interface Baseline {
  folder: string;
  sdkPackage: string;
  system: BaselineManifest["systems"][number];
}

/**
 * The baselines in `baselines/`: every system of every folder whose package.json has a manifest.
 *
 * @throws Error that names the file and the field, if a manifest does not fit {@link BaselineManifest}, and as
 *   {@link checkBaselines} does
 */
export function findBaselines(): Baseline[] {
  const room = join(repositoryRoot, "baselines");
  const baselines = readdirSync(room)
    .sort()
    .map((name) => join(room, name))
    .filter((folder) => existsSync(join(folder, "package.json")) && "baseline" in readPackage(folder))
    .flatMap((folder) => {
      const parsed = BaselineManifest.safeParse(readPackage(folder).baseline);
      if (!parsed.success) {
        throw new Error(`"baseline" in ${join(folder, "package.json")}:\n${z.prettifyError(parsed.error)}`);
      }
      const { sdkPackage, systems } = parsed.data;
      return systems.map((system) => ({ folder, sdkPackage, system }));
    });
  const implementations = findImplementations().map(({ name }) => name);
  checkBaselines(baselines, implementations);
  return baselines;
}

/**
 * Sees to it that every name means one thing, and that for each at most one system is its SDK alone.
 *
 * @param implementations the names of the implementations, which systems may not have
 * @throws Error that names the files and the name, if two systems have one name, a system has an implementation's, two
 *   systems are the SDK alone of the same, or one is that of what there is not
 */
export function checkBaselines(baselines: Baseline[], implementations: string[]): void {
  const owners = new Map(implementations.map((name) => [name, "an implementation in packages/"]));
  for (const { folder, system } of baselines) {
    const file = join(folder, "package.json");
    const owner = owners.get(system.name);
    if (owner)
      throw new Error(`${file} has a system ${quoted(system.name)}, but ${owner} has that name. Choose another.`);
    owners.set(system.name, `a system in ${file}`);
  }
  const taken = new Map<string, string>();
  for (const { folder, system } of baselines) {
    const file = join(folder, "package.json");
    for (const name of system.sdkAloneOf) {
      const claim = `"sdkAloneOf" of ${quoted(system.name)} in ${file} has ${quoted(name)}`;
      if (!owners.has(name)) {
        throw new Error(`${claim}, which is nothing. There are: ${[...owners.keys()].join(", ")}.`);
      }
      const other = taken.get(name);
      if (other) throw new Error(`${claim}, which ${quoted(other)} has already. Leave it to one of them.`);
      taken.set(name, system.name);
    }
  }
}

const quoted = (name: string) => JSON.stringify(name);
