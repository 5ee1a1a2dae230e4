import { join } from "node:path";
import { patterns } from "../src/patterns.ts";
import type { RunningSubject, Subject } from "../src/subjects.ts";
import { withoutRestate } from "../src/subjects.ts";

/** A control that is slow or faulty as its environment says; see stand-in/src/serve.ts. */
export function standIn(name: string, environment: Record<string, string> = {}): Subject {
  const system = { name, title: name, baselineOf: [], engine: null, environment, notes: [] };
  return withoutRestate({ folder: join(import.meta.dirname, "stand-in"), sdkPackage: "zod", system }, null);
}

/** Patterns that the stand-in serves. */
export const [router, parallel] = patterns
  .filter(({ name }) => ["router", "parallel analysis"].includes(name))
  .reverse() as [(typeof patterns)[number], (typeof patterns)[number]];

/** Starts subjects, to be ended with the stack. */
export async function startWith(
  stack: AsyncDisposableStack,
  subjects: Subject[],
  environment: Record<string, string> = {},
): Promise<Map<string, RunningSubject>> {
  const started = await Promise.all(
    subjects.map(async ({ info, start }) => [info.name, stack.use(await start({ environment }))] as const),
  );
  return new Map(started);
}
