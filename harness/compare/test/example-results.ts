import { patterns } from "../src/patterns.ts";
import type { CrashSample, Disaster, LatencySample, Results, SubjectInfo, Timeline } from "../src/results.ts";

/** How a made-up subject behaves. */
interface Behaviour {
  resumes: CrashSample["resumedBy"];
  /** The share of stored work that survives a crash. */
  keeps: number;
  /** The share of answers that had just arrived which are asked for again. */
  window: number;
  /** Milliseconds a model call. */
  overhead: number;
  recovery: number;
  requestsPerSecond: number;
}

const restate = "Restate 1.7.12";
const saver = "@langchain/langgraph-checkpoint-postgres 1.0.5, PostgreSQL 18.4.0";
const stores = { resumes: "itself", keeps: 1, window: 0.4, requestsPerSecond: 60 } as const;
const forgets = { resumes: "the caller", keeps: 0, window: 1, overhead: 0, recovery: 60 } as const;

const invented: [SubjectInfo, Behaviour][] = [
  [
    implementation("restate-only", "Restate alone", "@restatedev/restate-sdk 1.17.2", null),
    { ...stores, overhead: 4, recovery: 210 },
  ],
  [
    implementation("langgraph", "LangGraph", "@langchain/langgraph 1.4.18", "langgraph-plain"),
    { ...stores, overhead: 7, recovery: 290 },
  ],
  [
    implementation("openai-agents", "OpenAI Agents SDK", "@openai/agents 0.20.0", "openai-agents-plain"),
    { ...stores, overhead: 5, recovery: 280 },
  ],
  [
    implementation("vercel-ai", "Vercel AI SDK", "ai 7.0.173", "vercel-ai-plain"),
    { ...stores, overhead: 4.5, recovery: 240 },
  ],
  [
    control("langgraph-plain", "LangGraph, plain", "@langchain/langgraph 1.4.18", null, null),
    { ...forgets, requestsPerSecond: 150 },
  ],
  [
    control(
      "langgraph-async",
      "LangGraph, PostgresSaver, async",
      "@langchain/langgraph 1.4.18",
      saver,
      "langgraph-plain",
    ),
    { resumes: "the caller", keeps: 1, window: 0.8, overhead: 3, recovery: 90, requestsPerSecond: 70 },
  ],
  [
    control(
      "langgraph-sync",
      "LangGraph, PostgresSaver, sync",
      "@langchain/langgraph 1.4.18",
      saver,
      "langgraph-plain",
    ),
    { resumes: "the caller", keeps: 1, window: 0.5, overhead: 6, recovery: 95, requestsPerSecond: 65 },
  ],
  [
    control("openai-agents-plain", "OpenAI Agents SDK, plain", "@openai/agents 0.20.0", null, null),
    { ...forgets, requestsPerSecond: 160 },
  ],
  [
    control("vercel-ai-plain", "Vercel AI SDK, plain", "ai 7.0.173", null, null),
    { ...forgets, requestsPerSecond: 170 },
  ],
  [
    control(
      "dbos",
      "Vercel AI SDK on DBOS",
      "ai 7.0.173",
      "@dbos-inc/dbos-sdk 4.27.6, PostgreSQL 18.4.0",
      "vercel-ai-plain",
    ),
    { resumes: "itself", keeps: 1, window: 0.5, overhead: 6.5, recovery: 1050, requestsPerSecond: 50 },
  ],
];

function implementation(name: string, title: string, sdk: string, baseline: string | null): SubjectInfo {
  return { name, title, sdk, engine: restate, kind: "implementation", baseline, notes: [`A note on ${title}.`] };
}

function control(name: string, title: string, sdk: string, engine: string | null, baseline: string | null) {
  const info: SubjectInfo = { name, title, sdk, engine, kind: "control", baseline, notes: [`A note on ${title}.`] };
  return info;
}

/** Numbers from 0 to 1 that are the same in every run (a linear congruential generator). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Results that were never measured: for tests of what is made from results, and for nothing else. */
export function exampleResults(seed = 1): Results {
  const random = randomNumbers(seed);
  const around = (value: number) => value * (0.9 + 0.2 * random() + 0.3 * random() ** 8);
  const results: Results = {
    environment: {
      date: "2026-01-01T12:00:00.000Z",
      command: "npm run compare",
      system: "Linux 6.18.44",
      cpu: "An invented CPU",
      cores: 2,
      memoryGiB: 24,
      load: 0.42,
      node: "v24.21.0",
      restateServer: "1.7.12",
      restateSdk: "1.17.2",
      mode: "full",
      postgres: "18.4.0",
      seconds: 1500,
      mockModelCallsPerSecond: 2900,
    },
    subjects: invented.map(([info]) => structuredClone(info)),
    crashes: [],
    timelines: [],
    latencies: [],
    throughput: [],
    storage: [],
    memory: [],
    fanOut: [],
    notMeasured: [],
  };

  for (const [info, behaviour] of invented) {
    const subject = info.name;
    const disasters: Disaster[] = info.engine ? ["service", "store", "both"] : ["service"];
    for (const { name: pattern, request } of patterns) {
      for (const disaster of disasters) {
        for (let crashPoint = 0; crashPoint < request.modelCalls; crashPoint++) {
          const times = behaviour.resumes === "itself" && crashPoint === request.modelCalls >> 1 ? 3 : 0;
          const kills = [
            { moment: "exact" as const, alone: false },
            ...Array.from({ length: disaster === "service" ? 5 : 2 }, () => ({
              moment: "random" as const,
              alone: false,
            })),
            ...Array.from({ length: disaster === "service" ? times : 0 }, () => ({
              moment: "exact" as const,
              alone: true,
            })),
          ];
          for (const { moment, alone } of kills) {
            const justAnswered = moment === "random" && random() < 0.4 ? 1 : 0;
            const inFlight = Math.max(1, Math.min(request.modelCalls - crashPoint - 1, 3 - crashPoint));
            const repeated = {
              completed: Math.round(crashPoint * (1 - behaviour.keeps)),
              justAnswered: random() < behaviour.window ? justAnswered : 0,
              inFlight,
            };
            const untilProgress = around(behaviour.recovery * 0.7);
            results.crashes.push({
              subject,
              pattern,
              request: request.name,
              mark: "no. 1234567890",
              disaster,
              moment,
              modelCalls: request.modelCalls,
              crashPoint,
              justAnswered,
              inFlight,
              resumedBy: behaviour.resumes,
              serviceEnded: subject === "dbos" && disaster === "store",
              callerStayed: behaviour.resumes === "itself" && disaster === "service" && info.kind === "implementation",
              status: 200,
              sameAnswer: true,
              repeated,
              tokensRepeated: {
                completed: repeated.completed * 131,
                justAnswered: repeated.justAnswered * 127,
                inFlight: repeated.inFlight * 124,
              },
              alone,
              untilProgress: alone ? untilProgress : null,
              untilAnswer: alone ? untilProgress + around(30 * (request.modelCalls - crashPoint)) : null,
            });
          }
        }
      }
      const plain = 6 + 4 * request.modelCalls;
      for (const modelLatency of [0, 500]) {
        for (let round = 1; round <= 10; round++) {
          const added = behaviour.overhead * (patternPath(pattern) + 0.5);
          const sample: LatencySample = {
            subject,
            pattern,
            modelLatency,
            round,
            milliseconds: around(plain) + around(added) + modelLatency * patternPath(pattern),
          };
          results.latencies.push(sample);
        }
      }
      const bytes = 2900 * request.modelCalls;
      if (info.engine) {
        results.storage.push({
          subject,
          pattern,
          modelCalls: request.modelCalls,
          entries: Math.round(4 + request.modelCalls * 3.4),
          bytes: Math.round(around(bytes)),
          modelBytes: 4100 * request.modelCalls,
        });
      }
    }
    for (const pattern of ["orchestrator-worker", "router"]) {
      for (let round = 1; round <= 3; round++) {
        results.throughput.push({
          subject,
          pattern,
          concurrency: 32,
          round,
          requests: Math.round(around(behaviour.requestsPerSecond * (pattern === "router" ? 2 : 1)) * 5),
          seconds: 5,
        });
      }
    }
    for (const when of ["idle", "after load"] as const) {
      const mebibyte = 2 ** 20;
      const store = info.engine?.startsWith("Restate") ? 270 : 90;
      results.memory.push({
        subject,
        when,
        service: around(when === "idle" ? 110 : 190) * mebibyte,
        store: info.engine ? around(when === "idle" ? store : store * 2) * mebibyte : null,
      });
    }
    for (const workers of [4, 16, 64, 256]) {
      for (let round = 1; round <= 3; round++) {
        const milliseconds = 3 * 500 + around(workers * (0.8 + behaviour.overhead * 0.45));
        results.fanOut.push({ subject, workers, modelLatency: 500, round, milliseconds });
      }
    }
    results.timelines.push(inventTimeline(subject, behaviour));
    if (!info.engine) {
      for (const part of ["store", "both"]) {
        results.notMeasured.push({ subject, measure: "crashes", part, reason: "It has nothing that stores anything." });
      }
      results.notMeasured.push({ subject, measure: "storage", reason: "It stores nothing." });
    }
  }
  return results;
}

const patternPath = (name: string) => patterns.find((pattern) => pattern.name === name)?.criticalPath ?? 1;

/** A research report whose second stage is killed: one of the workers' answers is stored, two are on their way. */
function inventTimeline(subject: string, { resumes, keeps, recovery }: Behaviour): Timeline {
  const [killed, back, latency] = [800, 1300, 500];
  const askedAgain = resumes === "itself" ? null : back + 1500;
  const goesOn = (askedAgain ?? back) + recovery;
  const call = (
    agent: string,
    started: number,
    repeats: Timeline["calls"][number]["repeats"] = null,
    takes = latency,
  ) => ({
    agent,
    started,
    ended: started + takes,
    outcome: "answered" as const,
    repeats,
  });
  const abandoned = (agent: string, started: number) => ({
    agent,
    started,
    ended: killed,
    outcome: "abandoned" as const,
    repeats: null,
  });
  const before = [
    call("Research planner", 10),
    call("Researcher", 530, null, 200),
    abandoned("Researcher", 532),
    abandoned("Researcher", 534),
  ];
  const after =
    keeps === 1
      ? [
          call("Researcher", goesOn, "in flight"),
          call("Researcher", goesOn + 2, "in flight"),
          call("Report writer", goesOn + latency + 20),
        ]
      : [
          call("Research planner", goesOn, "completed"),
          call("Researcher", goesOn + latency + 10, "completed"),
          call("Researcher", goesOn + latency + 12, "in flight"),
          call("Researcher", goesOn + latency + 14, "in flight"),
          call("Report writer", goesOn + 2 * latency + 30),
        ];
  const calls = [...before, ...after];
  const answered = Math.max(...calls.map(({ ended }) => ended)) + 15;
  return { subject, pattern: "orchestrator-worker", modelLatency: latency, killed, back, askedAgain, answered, calls };
}
