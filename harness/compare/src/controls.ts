import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readPackage, repositoryRoot } from "@durable-agents/testkit";
import { z } from "zod";

/** What a control says of itself, under "control" in its package.json. One program may run as several systems. */
export const ControlManifest = z.strictObject({
  sdkPackage: z.string().min(1).describe("The npm package whose version tables show"),
  systems: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z-]+$/)
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
 * @throws Error that names the file and the field, if a manifest does not fit {@link ControlManifest}
 */
export function findControls(): Control[] {
  const room = join(repositoryRoot, "controls");
  return readdirSync(room)
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
}
