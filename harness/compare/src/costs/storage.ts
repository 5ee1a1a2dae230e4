import { waitFor } from "@durable-agents/testkit";
import type { Pattern } from "../patterns.ts";
import type { StorageSample } from "../results.ts";
import type { RunningSubject, Store } from "../subjects.ts";
import { ask, type Measured, type RunningSubjects, type TurnOptions, Turns } from "./turns.ts";

export interface StorageOptions extends TurnOptions {
  patterns: Pattern[];
}

/**
 * Measures what one request of each pattern leaves in a subject's store, beside the bytes of its model traffic. Nothing
 * depends on time here, so subjects are measured side by side.
 */
export async function measureStorage(
  subjects: RunningSubjects,
  { patterns, ...options }: StorageOptions,
): Promise<Measured<StorageSample>> {
  const turns = new Turns<StorageSample>("storage", patterns.length * subjects.size, options);
  const measureSubject = async ([name, subject]: [string, RunningSubject]) => {
    const { store } = subject;
    if (!store) turns.skip(name, "it stores nothing");
    for (const pattern of patterns) {
      await turns.take(name, pattern.name, (signal) => storedBy(name, subject, store as Store, pattern, signal));
    }
  };
  await Promise.all([...subjects].map(measureSubject));
  const names = [...subjects.keys()];
  const { samples, notMeasured } = turns.result;
  // In an order that does not depend on who was done first.
  return { samples: samples.toSorted((a, b) => names.indexOf(a.subject) - names.indexOf(b.subject)), notMeasured };
}

async function storedBy(
  name: string,
  subject: RunningSubject,
  store: Store,
  { name: pattern, request }: Pattern,
  signal: AbortSignal,
): Promise<StorageSample> {
  // What is stored once, such as a table, is no cost of each request.
  await ask(subject, request, signal);
  const before = await sizeAtRest(store);
  subject.model.reset();
  await ask(subject, request, signal);
  const after = await sizeAtRest(store);
  const { calls } = subject.model;
  const entries = after.entries - before.entries;
  // Whoever clears up behind a request has less to show than it has written.
  if (entries <= 0)
    throw new Error(`its store had ${before.entries} entries before the request and ${after.entries} after`);
  return {
    subject: name,
    pattern,
    modelCalls: calls.length,
    entries,
    bytes: after.bytes - before.bytes,
    modelBytes: calls.reduce((sum, { requestBytes, responseBytes }) => sum + requestBytes + responseBytes, 0),
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
