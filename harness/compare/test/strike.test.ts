import type { MockModel } from "@durable-agents/testkit";
import { expect, test } from "vitest";
import { nothingMoves, Supervisor, strike } from "../src/crashes/strike.ts";
import { freshMark, marked } from "../src/patterns.ts";
import { router, standIn } from "./stand-ins.ts";

test("an answer that nobody could store is no progress by itself", { timeout: 60_000 }, async () => {
  await using running = await standIn("forgetful", { ROUTER: "forgets" }).start();
  const mark = freshMark();
  const target = { request: marked(router, mark), mark, crashPoint: 1, inFlight: router.inFlight };
  const done = async () => undefined;
  const store = { position: async () => "", size: async () => ({ entries: 0, bytes: 0 }), pids: async () => [] };
  const [struck] = await strike({ ...running, store: { ...store, kill: done, restart: done } }, [target], {
    disaster: "store",
    moment: "exact",
  });
  expect(struck).toMatchObject({ resumedBy: "the caller", callerStayed: false, repeated: { inFlight: 1 } });
});

test("who starts slowly has time to go on", async () => {
  const model = { calls: [] } as unknown as MockModel;
  const goesOnAt = Date.now() + 4_000;
  await nothingMoves(model, 2_500, () => Date.now() >= goesOnAt);
  expect(Date.now()).toBeGreaterThanOrEqual(goesOnAt);
});

test("a service that does not come up again is started again, and ends nobody else", async () => {
  let starts = 0;
  const up = Promise.withResolvers<void>();
  await using supervisor = new Supervisor({
    ended: () => (starts < 3 ? Promise.resolve() : new Promise(() => undefined)),
    restart: async () => {
      starts++;
      if (starts < 3) throw new Error("It ended before it was ready");
      up.resolve();
    },
    kill: async () => undefined,
    pids: async () => [],
  });
  await up.promise;
  expect(supervisor.restarts).toBe(3);
});
