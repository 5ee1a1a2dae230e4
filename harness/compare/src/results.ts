import type { MeasuredOn } from "@durable-agents/testkit";

// What `npm run compare` writes: raw samples. Tables, the results page and the report are made from this and nothing else.
// Times are milliseconds, sizes are bytes. What was not measured is not here, but stands under `notMeasured` with a reason.

export interface Results {
  environment: Environment;
  /** In the order of the tables: implementations, then controls, then guests. */
  subjects: SubjectInfo[];
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
  postgres: string;
  /** How long the run took. */
  seconds: number;
  /** Model calls that the mock model answered in a second when nobody else did anything: no subject can do more. */
  mockModelCallsPerSecond: number | null;
}

/** Something that is compared. */
export interface SubjectInfo {
  /** Such as `vercel-ai`, `langgraph-async`. */
  name: string;
  /** Such as "Vercel AI SDK". */
  title: string;
  /** The SDK with its version, such as "ai 7.0.173". */
  sdk: string;
  /** What stores its progress, with its version, such as "Restate 1.7.12"; null if nothing does. */
  engine: string | null;
  /** `implementation`: of this repository, on Restate. `control`: the same work without it. `guest`: somebody else's. */
  kind: "implementation" | "control" | "guest";
  /** The control of the same SDK that stores nothing: what its costs are compared with. */
  baseline: string | null;
  /** What a reader of the table should know. */
  notes: string[];
  /** Why it gets no numbers: what it does not do as the contract says. */
  disqualified?: string;
}

/** What is killed with SIGKILL: the service, what stores its progress (restate-server, PostgreSQL), or both. */
export type Disaster = "service" | "store" | "both";

/** One request that was struck. */
export interface CrashSample {
  subject: string;
  pattern: string;
  /** The example request's name; its text ends with the mark, by which its model calls are told from those of others. */
  request: string;
  mark: string;
  disaster: Disaster;
  /**
   * `exact`: all answers so far are stored, and the calls after them wait for theirs.
   * `random`: at any moment around that one, while answers arrive and are being stored.
   */
  moment: "exact" | "random";
  /** Model calls of the undisturbed request. */
  modelCalls: number;
  /** How many model calls were completed, and all that could be stored was: 0 is before the first answer. */
  crashPoint: number;
  /** How many answers arrived in the last moments before the kill, of which nobody can say whether they were stored. */
  justAnswered: number;
  /** How many calls waited for an answer. */
  inFlight: number;
  /** Who made it go on when the process was back; null if nobody could: the request is lost. */
  resumedBy: "itself" | "the caller" | null;
  /** Whether the caller got the answer on the connection that it had, without noticing anything. */
  callerStayed: boolean;
  /** Whether the service ended by itself, because of what happened to its store, and had to be started again. */
  serviceEnded: boolean;
  /** The status of the answer, 0 if there was none. */
  status: number;
  /** Whether it is the answer of the undisturbed request. */
  sameAnswer: boolean;
  /** Model calls that were made again, by what they were when the kill came. */
  repeated: { completed: number; justAnswered: number; inFlight: number };
  /** The tokens, in and out, of these calls. */
  tokensRepeated: { completed: number; justAnswered: number; inFlight: number };
  /** Whether no other request was under way: only then the times say something. */
  alone: boolean;
  /** From "the process is back" (or, if the caller had to ask again, from then) to the next model call; null if none. */
  untilProgress: number | null;
  /** The same to the answer, with a model that answers at once; null if there was none. */
  untilAnswer: number | null;
}

/** How one request went, with a model that takes its time, for the report's swim lanes. Times count from the request on. */
export interface Timeline {
  subject: string;
  pattern: string;
  modelLatency: number;
  killed: number;
  back: number;
  /** When the caller asked again, because nothing went on by itself. */
  askedAgain: number | null;
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

/** One undisturbed request. */
export interface LatencySample {
  subject: string;
  pattern: string;
  /** How long the model took for an answer. */
  modelLatency: number;
  /** In each round, every subject has its turn. */
  round: number;
  milliseconds: number;
}

/** As many requests as there were in some seconds, with a constant number under way. */
export interface ThroughputSample {
  subject: string;
  pattern: string;
  concurrency: number;
  round: number;
  requests: number;
  seconds: number;
}

/** What one request leaves behind. */
export interface StorageSample {
  subject: string;
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
  subject: string;
  /** Before the first request, or after the requests of the throughput measure. */
  when: "idle" | "after load";
  service: number;
  /** Of restate-server or PostgreSQL; null if there is none. */
  store: number | null;
}

/** One research report with that many workers at the same time. */
export interface FanOutSample {
  subject: string;
  workers: number;
  modelLatency: number;
  round: number;
  milliseconds: number;
}

export interface NotMeasured {
  subject: string;
  measure: "crashes" | "timelines" | "latencies" | "throughput" | "storage" | "memory" | "fanOut";
  /** What of the measure is missing, such as a pattern or a disaster; all of it unless set. */
  part?: string;
  reason: string;
  /** Whether it was tried and failed, rather than left out or nothing of this subject's. */
  failed?: boolean;
}

const LISTS = [
  ...(["subjects", "crashes", "timelines", "latencies", "throughput"] as const),
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
