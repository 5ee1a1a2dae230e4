import { join } from "node:path";
import type { SystemUnderTest } from "@durable-agents/crash-harness";
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

/** Starts systems, to be ended with the stack. */
export async function startWith(
  stack: AsyncDisposableStack,
  systems: System[],
  env: Record<string, string> = {},
): Promise<Map<string, SystemUnderTest>> {
  const started = await Promise.all(
    systems.map(async ({ info, start }) => [info.name, stack.use(await start({ env }))] as const),
  );
  return new Map(started);
}
