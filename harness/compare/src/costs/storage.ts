import { type Store, waitFor } from "@durable-agents/crash-harness";
import type { Pattern } from "@durable-agents/testkit";
import type { StorageSample } from "../results.ts";
import { ask, type Measured, type RunningSystems, type TurnOptions, takeTurns } from "./turns.ts";

/**
 * Measures what one request of each pattern leaves in a system's store, beside the bytes of its model traffic. Nothing
 * depends on time here, so systems are measured side by side.
 */
export async function measureStorage(
  systems: RunningSystems,
  patterns: Pattern[],
  options: TurnOptions = {},
): Promise<Measured<StorageSample>> {
  const storing = new Map([...systems].filter(([, { server }]) => server));
  const { samples, notMeasured } = await takeTurns(
    "storage",
    storing,
    patterns,
    { ...options, stagger: 0 },
    async ({ name, system, part: { name: pattern, request }, signal }) => {
      const store = system.server as Store;
      // What is stored once, such as a table, is no cost of each request.
      await ask(system, request, signal);
      const before = await sizeAtRest(store);
      system.model.reset();
      await ask(system, request, signal);
      const after = await sizeAtRest(store);
      const { calls } = system.model;
      const entries = after.entries - before.entries;
      // A system that clears up behind a request has less to show than it has written.
      if (entries <= 0)
        throw new Error(`its store had ${before.entries} entries before the request and ${after.entries} after`);
      return {
        system: name,
        pattern,
        modelCalls: calls.length,
        entries,
        bytes: after.bytes - before.bytes,
        modelBytes: calls.reduce((sum, { requestBytes, responseBytes }) => sum + requestBytes + responseBytes, 0),
      };
    },
  );
  const names = [...systems.keys()];
  const nothingStored = names
    .filter((name) => !storing.has(name))
    .map((system) => ({ system, measure: "storage" as const, reason: "it stores nothing" }));
  return {
    // In an order that does not depend on who was done first.
    samples: samples.toSorted((a, b) => names.indexOf(a.system) - names.indexOf(b.system)),
    notMeasured: [...nothingStored, ...notMeasured],
  };
}

/** How often in a row the size must be the same: some store what they did a moment after they have answered. */
const STILL_LOOKS = 5;

async function sizeAtRest(store: Store): Promise<Awaited<ReturnType<Store["size"]>>> {
  let size = await store.size();
  let looks = 0;
  await waitFor(
    "nothing more is stored",
    async () => {
      const now = await store.size();
      looks = now.entries === size.entries && now.bytes === size.bytes ? looks + 1 : 0;
      size = now;
      return looks >= STILL_LOOKS;
    },
    { interval: 100 },
  );
  return size;
}
