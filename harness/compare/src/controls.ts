import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findImplementations, readPackage, repositoryRoot } from "@durable-agents/testkit";
import { z } from "zod";

/** What a control says of itself, under "control" in its package.json. One program may run as several systems. */
export const ControlManifest = z.strictObject({
  sdkPackage: z.string().min(1).describe("The npm package whose version tables show"),
  systems: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9-]+$/)
          .describe("What --only takes"),
        title: z.string().min(1).describe("Its name in tables"),
        baselineOf: z
          .array(z.string())
          .describe("The implementations and systems whose costs are compared with this one, which stores nothing"),
        engine: z
          .string()
          .min(1)
          .nullable()
          .describe("The npm package that stores its progress in PostgreSQL; null if nothing does"),
        environment: z.record(z.string(), z.string()).describe("What it finds in its environment"),
        notes: z.array(z.string()).describe("What a reader of the table should know"),
      }),
    )
    .min(1),
});
export type ControlManifest = z.infer<typeof ControlManifest>;

export interface Control {
  folder: string;
  sdkPackage: string;
  system: ControlManifest["systems"][number];
}

/**
 * The controls in `controls/`: every system of every folder whose package.json has a manifest.
 *
 * @throws Error that names the file and the field, if a manifest does not fit {@link ControlManifest}, and as
 *   {@link checkControls} does
 */
export function findControls(): Control[] {
  const room = join(repositoryRoot, "controls");
  const controls = readdirSync(room)
    .sort()
    .map((name) => join(room, name))
    .filter((folder) => existsSync(join(folder, "package.json")) && "control" in readPackage(folder))
    .flatMap((folder) => {
      const parsed = ControlManifest.safeParse(readPackage(folder).control);
      if (!parsed.success) {
        throw new Error(`"control" in ${join(folder, "package.json")}:\n${z.prettifyError(parsed.error)}`);
      }
      const { sdkPackage, systems } = parsed.data;
      return systems.map((system) => ({ folder, sdkPackage, system }));
    });
  const implementations = findImplementations().map(({ name }) => name);
  checkControls(controls, implementations);
  return controls;
}

/**
 * Sees to it that every name means one thing, and that everything has one baseline at most.
 *
 * @param implementations the names of the implementations, which systems may not bear
 * @throws Error that names the files and the name, if two systems bear one name, a system bears an implementation's, two
 *   systems are the baseline of the same, or one is the baseline of what there is not
 */
export function checkControls(controls: Control[], implementations: string[]): void {
  const owners = new Map(implementations.map((name) => [name, "an implementation in packages/"]));
  for (const { folder, system } of controls) {
    const file = join(folder, "package.json");
    const owner = owners.get(system.name);
    if (owner)
      throw new Error(`${file} has a system ${quoted(system.name)}, but ${owner} has that name. Choose another.`);
    owners.set(system.name, `a system in ${file}`);
  }
  const baselines = new Map<string, string>();
  for (const { folder, system } of controls) {
    const file = join(folder, "package.json");
    for (const name of system.baselineOf) {
      const claim = `"baselineOf" of ${quoted(system.name)} in ${file} has ${quoted(name)}`;
      if (!owners.has(name)) {
        throw new Error(`${claim}, which is nothing. There are: ${[...owners.keys()].join(", ")}.`);
      }
      const other = baselines.get(name);
      if (other) throw new Error(`${claim}, which ${quoted(other)} has already. Leave it to one of them.`);
      baselines.set(name, system.name);
    }
  }
}

const quoted = (name: string) => JSON.stringify(name);
