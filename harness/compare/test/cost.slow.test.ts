import { platform } from "node:os";
import type { SystemUnderTest } from "@durable-agents/crash-harness";
import { PostgresServer } from "@durable-agents/testkit";
import { median } from "simple-statistics";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measureCosts } from "../src/costs/cost.ts";
import { fanOutEnvironment, measureFanOut } from "../src/costs/fan-out.ts";
import { measureLatency } from "../src/costs/latency.ts";
import { measureMemory, memoryOf } from "../src/costs/memory.ts";
import { measureStorage } from "../src/costs/storage.ts";
import { measureMockModel, measureThroughput } from "../src/costs/throughput.ts";
import { turnOrder } from "../src/costs/turns.ts";
import { findSystems, type System } from "../src/systems.ts";
import { parallel, router, standIn } from "./stand-ins.ts";

const restateOnly = findSystems().find(({ info }) => info.name === "restate-only") as System;

/** The values of a system's samples. */
const of = <S extends { system: string }>(samples: S[], system: string, value: (sample: S) => number) =>
  samples.filter((sample) => sample.system === system).map(value);

let stack: AsyncDisposableStack;
let running: Map<string, SystemUnderTest>;
/** Only these systems. */
const only = (...names: string[]) => new Map(names.map((name) => [name, running.get(name) as SystemUnderTest]));

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const systems = [
    standIn("quick"),
    standIn("slow", { PAUSE: "20" }),
    standIn("fails", { ROUTER: "fails" }),
    standIn("hangs", { ROUTER: "hangs" }),
    standIn("asks-twice", { ROUTER: "asks twice" }),
    restateOnly,
  ];
  const env = fanOutEnvironment([8]);
  const started = await Promise.all(systems.map(async ({ start }) => stack.use(await start(env))));
  running = new Map(systems.map(({ info }, index) => [info.name, started[index] as SystemUnderTest]));
});
afterAll(() => stack.disposeAsync());

/** The same systems, with a note of how many of their requests were under way at the same time. */
function watched(systems: Map<string, SystemUnderTest>) {
  const seen = { underWay: 0, most: 0, order: [] as string[] };
  const clients = [...systems].map(([name, system]): [string, SystemUnderTest] => {
    const ingress = Object.create(system.ingress, {
      call: {
        value: async (...values: Parameters<SystemUnderTest["ingress"]["call"]>) => {
          seen.order.push(name);
          seen.most = Math.max(seen.most, ++seen.underWay);
          try {
            return await system.ingress.call(...values);
          } finally {
            seen.underWay--;
          }
        },
      },
    });
    return [name, { ...system, ingress }];
  });
  return { systems: new Map(clients), seen };
}

test.each([2, 4, 5, 10])("of %i systems, each has each place, and follows each other, equally often", (count) => {
  const systems = Array.from({ length: count }, (_, index) => index);
  const rounds = Array.from({ length: 2 * count }, (_, round) => turnOrder(systems, round));
  const times = (pairs: unknown[][]) => [...Map.groupBy(pairs, String).values()].map(({ length }) => length);
  expect(times(rounds.flatMap((order) => [...order.entries()]))).toEqual(Array(count * count).fill(2));
  const followers = rounds.flatMap((order) => order.slice(1).map((system, index) => [order[index], system]));
  expect(times(followers)).toEqual(Array(count * (count - 1)).fill(2));
});

describe("latency", () => {
  const options = { rounds: 10, warmUp: 2 };

  test("20 ms more for each model call are seen as such", async () => {
    const { samples, notMeasured } = await measureLatency(only("quick", "slow"), [router], options);
    expect(notMeasured).toEqual([]);
    expect(samples).toHaveLength(20);
    const [quick, slow] = ["quick", "slow"].map((name) => of(samples, name, (sample) => sample.milliseconds));
    const added = median(slow ?? []) - median(quick ?? []);
    // Two calls follow each other. A timer is late rather than early, and how late says something of the machine only.
    expect(added).toBeGreaterThan(15);
  });

  test("each system has its turn in each round, one at a time, in an order that changes", async () => {
    const { systems, seen } = watched(only("quick", "asks-twice", "fails", "slow"));
    const { samples } = await measureLatency(systems, [parallel], options);
    expect(seen.most).toBe(1);
    const orders = Array.from({ length: 12 }, (_, round) => seen.order.slice(4 * round, 4 * round + 4));
    for (const order of orders) expect(order.toSorted()).toEqual(["asks-twice", "fails", "quick", "slow"]);
    expect(new Set(orders.map(String)).size).toBe(4);
    // Warm-up is not in the samples, and every run has the same order.
    expect(samples.map(({ system }) => system)).toEqual(orders.slice(2).flat());
    expect(of(samples, "quick", ({ round }) => round)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("others may go on while a system waits for the model", async () => {
    const { systems, seen } = watched(only("quick", "slow"));
    const slowModel = { modelLatency: 100, rounds: 3, stagger: 50 };
    const { samples } = await measureLatency(systems, [router], slowModel);
    expect(seen.most).toBe(2);
    expect(Math.min(...of(samples, "quick", ({ milliseconds }) => milliseconds))).toBeGreaterThan(195);
    expect([...systems.values()].map(({ model }) => model.latency)).toEqual([0, 0]);
  });

  test("who fails or hangs is reported, and the others go on", async () => {
    const done: number[] = [];
    const { samples, notMeasured } = await measureLatency(
      only("quick", "fails", "hangs", "asks-twice"),
      [router, parallel],
      {
        rounds: 2,
        warmUp: 1,
        deadline: 3_000,
        onProgress: (progress) => done.push(progress.done),
      },
    );
    const failed = { measure: "latencies", part: "router" };
    expect(notMeasured.toSorted((a, b) => a.system.localeCompare(b.system))).toEqual([
      {
        ...failed,
        system: "asks-twice",
        reason: "AgentRouter/answer made 3 model calls; 2 were expected (at 0 ms a model call)",
      },
      {
        ...failed,
        system: "fails",
        reason: 'AgentRouter/answer answered 500 {"message":"It was told to fail"} (at 0 ms a model call)',
      },
      { measure: "latencies", system: "hangs", reason: "there was no answer within 3 s (at 0 ms a model call)" },
    ]);
    const measured = Map.groupBy(samples, ({ system }) => system);
    expect(measured.get("quick")).toHaveLength(4);
    expect(measured.get("fails")?.map(({ pattern }) => pattern)).toEqual([parallel.name, parallel.name]);
    expect(measured.has("hangs")).toBe(false);
    expect(done).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
  });
});

describe("throughput", () => {
  const options = { concurrency: 8, seconds: 0.5, rampUpSeconds: 0.1, rounds: 2, warmUp: 1 };

  test("no more is counted than can be, and errors are not", async () => {
    const { samples, notMeasured } = await measureThroughput(
      only("quick", "slow", "fails", "asks-twice"),
      router,
      options,
    );
    // Eight at a time, each of them at least 40 ms; those that were under way at the beginning may fall in.
    for (const requests of of(samples, "slow", (sample) => sample.requests)) {
      expect(requests).toBeGreaterThan(0);
      expect(requests).toBeLessThanOrEqual(8 * (500 / 39 + 1));
    }
    expect(new Set(samples.map(({ system }) => system))).toEqual(new Set(["quick", "slow"]));
    expect(of(samples, "quick", ({ round }) => round)).toEqual([0, 1]);
    const failed = { measure: "throughput", part: "router" };
    expect(notMeasured.toSorted((a, b) => a.system.localeCompare(b.system))).toEqual([
      { ...failed, system: "asks-twice", reason: expect.stringMatching(/made \d+ model calls/) },
      { ...failed, system: "fails", reason: expect.stringContaining("told to fail") },
    ]);
  });

  test("of the mock model is what no system exceeds", async () => {
    expect(await measureMockModel({ concurrency: 8, seconds: 5, rampUpSeconds: 0.2 })).toBeGreaterThan(0);
  });
});

describe("storage", () => {
  test("is what one request leaves, beside its model traffic", async () => {
    const { samples, notMeasured } = await measureStorage(only("restate-only", "quick"), [router, parallel]);
    expect(notMeasured).toEqual([{ system: "quick", measure: "storage", reason: "it stores nothing" }]);
    const [routed, analyzed] = samples;
    // The input, a command and a result for each of two model calls, the output.
    expect(routed).toMatchObject({ system: "restate-only", pattern: "router", modelCalls: 2, entries: 6 });
    expect(analyzed).toMatchObject({ pattern: "parallel-claim-analysis", modelCalls: 4 });

    const { model } = running.get("restate-only") as SystemUnderTest;
    const bytes = model.calls.map(({ requestBytes, responseBytes }) => requestBytes + responseBytes);
    // The calls of the last request are still there: those of the parallel-claim-analysis.
    expect(analyzed?.modelBytes).toBe(bytes.reduce((sum, each) => sum + each, 0));
    expect(routed?.bytes).toBeGreaterThan(JSON.stringify(router.request.body).length);
  });

  test("that vanishes is not taken for none", async () => {
    const system = running.get("quick") as SystemUnderTest;
    const server = { size: async () => ({ entries: 7, bytes: 70 }) } as NonNullable<SystemUnderTest["server"]>;
    const { samples, notMeasured } = await measureStorage(new Map([["clears-up", { ...system, server }]]), [router]);
    expect(samples).toEqual([]);
    expect(notMeasured).toMatchObject([{ part: "router", reason: /7 entries before the request and 7 after/ }]);
  });
});

describe("memory", () => {
  test("is that of the service and of its server", async () => {
    const { samples, notMeasured } = await measureMemory(only("quick", "restate-only"), "idle");
    expect(notMeasured).toEqual([]);
    const [quick, onRestate] = samples;
    // No Node takes less than this.
    expect(quick?.service).toBeGreaterThan(20e6);
    expect(quick?.server).toBeNull();
    expect(onRestate?.server).toBeGreaterThan(20e6);
  });

  test("of a system that runs elsewhere is not known", async () => {
    const elsewhere = { ...(running.get("quick") as SystemUnderTest), service: undefined };
    const { notMeasured } = await measureMemory(new Map([["elsewhere", elsewhere]]), "after load");
    expect(notMeasured).toMatchObject([{ system: "elsewhere", part: "after load", reason: /runs elsewhere/ }]);
  });

  test.runIf(platform() === "linux")("that processes share is counted once", async () => {
    await using server = await PostgresServer.start();
    const pids = await server.pids();
    const each = await Promise.all(pids.map((pid) => memoryOf([pid]).catch(() => 0)));
    const all = await memoryOf(pids);
    expect(all).toBeGreaterThan(0);
    expect(all).toBeLessThan(each.reduce((sum, size) => sum + size, 0));
  });
});

describe("fan-out", () => {
  test("is three calls' time, and as wide as it was told", async () => {
    const systems = only("quick", "restate-only");
    /** How many workers waited for the model when the first of them got its answer, in each turn. */
    const together: number[] = [];
    const { samples, notMeasured } = await measureFanOut(systems, [2, 8], {
      modelLatency: 300,
      onProgress: () => {
        const turns = [...systems.values()].map(({ model }) =>
          model.calls.filter(({ agent }) => agent === "Researcher"),
        );
        // Each model has the calls of its system's newest turn.
        const newest = turns.toSorted((a, b) => (a[0]?.startedAt ?? 0) - (b[0]?.startedAt ?? 0)).at(-1) ?? [];
        const firstEnd = Math.min(...newest.map(({ endedAt }) => endedAt ?? 0));
        together.push(newest.filter(({ startedAt }) => startedAt < firstEnd).length);
      },
    });
    expect(notMeasured).toEqual([]);
    expect(samples.map(({ workers }) => workers)).toEqual([2, 2, 8, 8]);
    for (const { milliseconds } of samples) expect(milliseconds).toBeGreaterThan(895);
    expect(together).toEqual([2, 2, 8, 8]);
  });

  test("that a system does not take is reported", async () => {
    const { samples, notMeasured } = await measureFanOut(only("quick", "restate-only"), [4, 9], {});
    expect(samples.every(({ workers }) => workers === 4)).toBe(true);
    expect(notMeasured.map(({ system, part }) => `${system}: ${part}`).toSorted()).toEqual([
      "quick: 9 workers",
      "restate-only: 9 workers",
    ]);
  });
});

test("a quick run measures what is quick, of what runs, and says what it left out", async () => {
  const systems = [restateOnly, standIn("broken", { STARTS: "no" }), standIn("quick")];
  const costs = await measureCosts(systems, {
    mode: "quick",
    patterns: [router],
    running: async ({ info, start }) => running.get(info.name) ?? start(),
  });
  expect(costs.notMeasured).toContainEqual({
    ...{ system: "broken", measure: "latencies", reason: expect.stringMatching(/^it did not start: /) },
  });
  expect(of(costs.latencies, "restate-only", ({ modelLatency }) => modelLatency)).toEqual([0, 0, 0]);
  expect(costs.storage.map(({ system }) => system)).toEqual(["restate-only"]);
  expect([...costs.throughput, ...costs.memory, ...costs.fanOut]).toEqual([]);
  const left = costs.notMeasured.filter(({ system }) => system === "restate-only");
  expect(left.map(({ measure }) => measure)).toEqual(["memory", "latencies", "throughput", "memory", "fanOut"]);
  expect(new Set(left.map(({ reason }) => reason))).toEqual(new Set(["only a full run measures it"]));
});
