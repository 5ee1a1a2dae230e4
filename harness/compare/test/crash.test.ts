import { type CrashPoint, crash, crashPointOf, type Store, type SystemUnderTest } from "@durable-agents/crash-harness";
import { expect, test } from "vitest";
import { answerPatterns } from "../src/crashes/crashes.ts";
import { router, standIn } from "./stand-ins.ts";

test("an answer that could not be stored is no recovery", async () => {
  await using sound = await standIn("sound").start();
  const [uncrashed] = await answerPatterns(sound, [router]);
  await using forgetful = await standIn("forgetful", { ROUTER: "forgets" }).start();
  const done = async () => undefined;
  const server: Store = {
    look: async () => ({ position: "" }),
    size: async () => ({ entries: 0, bytes: 0 }),
    pids: async () => [],
    kill: done,
    restart: done,
  };
  const system: SystemUnderTest = { ...forgetful, server };
  const point: CrashPoint = crashPointOf(uncrashed as NonNullable<typeof uncrashed>, 1);
  const [crashed] = await crash(system, [point], { target: "server" });
  expect(crashed).toMatchObject({ recoveredBy: "client", connectionKept: false });
  expect(crashed?.repeated.inFlight).toHaveLength(1);
});
