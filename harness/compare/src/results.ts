import type { CrashTarget } from "@durable-agents/crash-harness";
import type { MeasuredOn } from "@durable-agents/testkit";

// What `npm run compare` writes: raw samples. The table in the terminal and the results page are made from this and nothing else.
// Times are milliseconds, sizes are bytes. What was not measured is not here, but stands under `notMeasured` with a reason.

export interface Results {
  environment: Environment;
  /** In the order of the tables: implementations, then baselines, then external. */
  systems: SystemInfo[];
  /** In the order of the tables. */
  patterns: PatternInfo[];
  crashes: CrashSample[];
  timelines: Timeline[];
  latencies: LatencySample[];
  throughput: ThroughputSample[];
  storage: StorageSample[];
  memory: MemorySample[];
  fanOut: FanOutSample[];
  notMeasured: NotMeasured[];
}

export interface Environment extends MeasuredOn {
  mode: "full" | "quick";
  /** Why its times say nothing of the systems, such as a busy machine; null if they do. Counts hold in any case. */
  disturbed: string | null;
  postgres: string;
  /** How long the run took. */
  seconds: number;
  /** Model calls that the mock model answered in a second when nothing else ran: no system can do more. */
  mockModelCallsPerSecond: number | null;
}

/** Something that is compared. */
export interface SystemInfo {
  /** Such as `vercel-ai`, `langgraph-async`. */
  name: string;
  /** Such as "Vercel AI SDK". */
  title: string;
  /** The SDK with its version, such as "ai 7.0.173". */
  sdk: string;
  /** What stores its progress, with its version, such as "Restate 1.7.12"; null if nothing does. */
  engine: string | null;
  /** `implementation`: of this repository, on Restate. `baseline`: the same work without it. `external`: from elsewhere. */
  kind: "implementation" | "baseline" | "external";
  /** The baseline of the same SDK that stores nothing: what its costs are compared with. */
  sdkAlone: string | null;
  /** What a reader of the table should know. */
  notes: string[];
  /** Why it gets no numbers: what it does not do as the contract says. */
  disqualified?: string;
}

/** A pattern, as far as one has to know it to read the samples. */
export interface PatternInfo {
  name: string;
  /** The model calls of its request without a crash. */
  modelCalls: number;
  /** How many of them have to follow each other. */
  criticalPath: number;
}

/** One request that was killed. */
export interface CrashSample {
  system: string;
  pattern: string;
  /** The example request's name; its text ends with the tag, by which its model calls are told from those of others. */
  request: string;
  tag: string;
  target: CrashTarget;
  /**
   * `exact`: all answers so far are stored, and the calls after them wait for theirs.
   * `random`: at any moment around that one, while answers arrive and are being stored.
   */
  moment: "exact" | "random";
  /** Model calls of the request without a crash. */
  modelCalls: number;
  /** How many model calls were completed, and all that could be stored was: 0 is before the first answer. */
  crashPoint: number;
  /** How many answers arrived in the last moments before the kill, of which nothing can tell whether they were stored. */
  notYetPersisted: number;
  /** How many calls waited for an answer. */
  inFlight: number;
  /** What made it go on when the process was back; null if nothing could: the request is lost. */
  recoveredBy: "itself" | "client" | null;
  /** Whether the client got the answer on the connection that it had, without noticing anything. */
  connectionKept: boolean;
  /** Whether the service ended by itself, because of what happened to its server, and had to be started again. */
  serviceEnded: boolean;
  /** The status of the answer, 0 if there was none. */
  status: number;
  /** Whether it is the answer that comes without a crash. */
  sameAnswer: boolean;
  /** Model calls that were repeated, by what they were at the kill. */
  repeated: { completed: number; notYetPersisted: number; inFlight: number };
  /** The tokens, in and out, of these calls. */
  tokensRepeated: { completed: number; notYetPersisted: number; inFlight: number };
  /**
   * Whether its times count: no other request was under way, or, in a quick run, one of each pattern.
   */
  timed: boolean;
  /** From "the process is back" (or, if the client had to retry, from then) to the next model call; null if none. */
  untilNextCall: number | null;
  /** The same to the answer, with a model that answers at once; null if there was none. */
  recoveryTime: number | null;
}

/** How one request went, with a model that takes its time, for the page's timelines. Times count from the request on. */
export interface Timeline {
  system: string;
  pattern: string;
  modelLatency: number;
  killed: number;
  back: number;
  /** When the client retried, because nothing went on by itself. */
  retried: number | null;
  answered: number | null;
  calls: {
    agent: string;
    started: number;
    ended: number;
    outcome: "answered" | "abandoned";
    /** What it repeats: a call whose answer was stored, one that was in flight, or nothing. */
    repeats: "completed" | "in flight" | null;
  }[];
}

/** One request without a crash. */
export interface LatencySample {
  system: string;
  pattern: string;
  /** How long the model took for an answer. */
  modelLatency: number;
  /** In each round, every system has its turn. */
  round: number;
  milliseconds: number;
}

/** As many requests as there were in some seconds, with a constant number under way. */
export interface ThroughputSample {
  system: string;
  pattern: string;
  concurrency: number;
  round: number;
  requests: number;
  seconds: number;
}

/** What one request leaves behind. */
export interface StorageSample {
  system: string;
  pattern: string;
  modelCalls: number;
  /** Journal entries and values of state (Restate) or rows (PostgreSQL) that are there when the request is over. */
  entries: number;
  /** What these hold, before compression and without what the store adds: keys, indexes, logs, records of invocations. */
  bytes: number;
  /** The bodies of the requests to the model and of its answers. */
  modelBytes: number;
}

/**
 * Resident memory of the processes. PostgreSQL's share theirs: on Linux it is the sum of their proportional set sizes
 * (Pss), in which shared memory counts once; elsewhere what they share is counted in each of them.
 */
export interface MemorySample {
  system: string;
  /** Before the first request, or after the requests of the throughput measure. */
  when: "idle" | "after load";
  service: number;
  /** Of restate-server or PostgreSQL; null if there is none. */
  server: number | null;
}

/** One research report with that many workers at the same time. */
export interface FanOutSample {
  system: string;
  workers: number;
  modelLatency: number;
  round: number;
  milliseconds: number;
}

export interface NotMeasured {
  system: string;
  measure: "crashes" | "timelines" | "latencies" | "throughput" | "storage" | "memory" | "fanOut";
  /** What of the measure is missing, such as a pattern or a target; all of it unless set. */
  part?: string;
  reason: string;
  /** Whether it was tried and failed, rather than left out or nothing of this system's. */
  failed?: boolean;
}

const LISTS = [
  ...(["systems", "patterns", "crashes", "timelines", "latencies", "throughput"] as const),
  ...(["storage", "memory", "fanOut", "notMeasured"] as const),
];

/**
 * Reads results that were written before.
 *
 * @throws Error that says what is missing, if it is no JSON or not of this version
 */
export function parseResults(text: string): Results {
  const results = JSON.parse(text) as Partial<Results> | null;
  const missing = [
    ...(results?.environment?.mode === undefined ? ["environment"] : []),
    ...LISTS.filter((name) => !Array.isArray(results?.[name])),
  ];
  if (missing.length === 0) return results as Results;
  throw new Error(`these are not the results of this version: they have no ${missing.join(", ")}`);
}
