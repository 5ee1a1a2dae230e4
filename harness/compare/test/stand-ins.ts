import { join } from "node:path";
import { patterns } from "@durable-agents/testkit";
import { type System, withoutRestate } from "../src/systems.ts";

/** A baseline that is slow or faulty as its environment says; see stand-in/src/serve.ts. */
export function standIn(name: string, env: Record<string, string> = {}): System {
  const system = { name, title: name, sdkAloneOf: [], engine: null, env, notes: [] };
  return withoutRestate({ folder: join(import.meta.dirname, "stand-in"), sdkPackage: "zod", system }, null);
}

/** Patterns that the stand-in serves. */
export const [router, parallel] = patterns
  .filter(({ name }) => ["router", "parallel-claim-analysis"].includes(name))
  .reverse() as [(typeof patterns)[number], (typeof patterns)[number]];
