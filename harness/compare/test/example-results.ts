import type { CrashSample, Results, SystemInfo } from "../src/results.ts";

const info = (name: string, title: string, engine: string | null, sdkAlone: string | null): SystemInfo => ({
  ...{ name, title, engine, sdkAlone, notes: [] },
  sdk: "ai 7.0.173",
  kind: engine?.startsWith("Restate ") ? "implementation" : "baseline",
});

/** Two systems on Restate, two on another engine and an SDK alone. */
const systems: SystemInfo[] = [
  info("restate-only", "Restate alone", "Restate 1.7.12", "vercel-ai-plain"),
  info("vercel-ai", "Vercel AI SDK", "Restate 1.7.12", "vercel-ai-plain"),
  info("saver-async", "Saver, async", "saver 1.0.5, PostgreSQL 18.4.0", "vercel-ai-plain"),
  info("saver-sync", "Saver, sync", "saver 1.0.5, PostgreSQL 18.4.0", "vercel-ai-plain"),
  info("vercel-ai-plain", "Vercel AI SDK, plain", null, null),
];

const patterns = [
  { name: "orchestrator-worker", modelCalls: 5, criticalPath: 3 },
  { name: "router", modelCalls: 2, criticalPath: 2 },
];

/** A killed request; it recovered by itself and repeated what was in flight. */
export const exampleCrash = (system: string, change: Partial<CrashSample> = {}): CrashSample => ({
  ...{ system, pattern: "router", request: "router-billing", tag: "t1", target: "service", moment: "exact" },
  ...{ modelCalls: 2, crashPoint: 1, notYetPersisted: 0, inFlight: 1, recoveredBy: "itself", connectionKept: true },
  ...{ serviceEnded: false, status: 200, sameAnswer: true, timed: false, untilNextCall: null, recoveryTime: null },
  repeated: { completed: 0, notYetPersisted: 0, inFlight: 1 },
  tokensRepeated: { completed: 0, notYetPersisted: 0, inFlight: 100 },
  ...change,
});

/** What a system has without a store: the client retried, and everything was repeated. */
const forgotten: Partial<CrashSample> = {
  ...{ recoveredBy: "client", connectionKept: false },
  repeated: { completed: 1, notYetPersisted: 0, inFlight: 1 },
  tokensRepeated: { completed: 150, notYetPersisted: 0, inFlight: 100 },
};

/** Results that were never measured: for tests of what is made from results, and for nothing else. */
export function exampleResults(): Results {
  const latency = (system: string, pattern: string, milliseconds: number) => ({
    ...{ system, pattern, modelLatency: 0, round: 1, milliseconds },
  });
  return {
    environment: {
      ...{ date: "2026-01-01T12:00:00.000Z", command: "npm run compare", system: "Linux", cpu: "An invented CPU" },
      ...{ cores: 2, memoryGiB: 24, load: 0.42, node: "v24.21.0", restateServer: "1.7.12", restateSdk: "1.17.2" },
      ...{ mode: "full", disturbed: null, postgres: "18.4.0", seconds: 1500, mockModelCallsPerSecond: 2900 },
    },
    systems: structuredClone(systems),
    patterns: structuredClone(patterns),
    crashes: [
      ...["restate-only", "vercel-ai"].flatMap((name, index) => [
        exampleCrash(name, { crashPoint: 0 }),
        exampleCrash(name),
        exampleCrash(name, { timed: true, untilNextCall: 200, recoveryTime: 250 + 100 * index }),
      ]),
      exampleCrash("saver-async", { recoveredBy: "client" }),
      exampleCrash("saver-sync", { recoveredBy: "client" }),
      exampleCrash("vercel-ai-plain", forgotten),
    ],
    latencies: [
      ...["restate-only", "vercel-ai"].map((name) => latency(name, "router", 28)),
      ...["saver-async", "saver-sync"].map((name, index) => latency(name, "router", 24 + index)),
      latency("vercel-ai-plain", "router", 20),
    ],
    ...{ timelines: [], throughput: [], storage: [], memory: [], fanOut: [], notMeasured: [] },
  };
}
