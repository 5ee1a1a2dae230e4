import type { Bench, BenchOptions } from "@durable-agents/testkit";

/** One thing that is checked. Several make a clause of SPEC.md; the id begins with the clause's. */
export interface Check {
  /** Such as `D1-router`; the part before the dash is the clause. */
  id: string;
  title: string;
  /** Judges the implementation on the bench; throws, with what fell short, if it does not hold. */
  run: (bench: Bench) => Promise<void>;
}

/** Checks that share a bench, one after the other. */
export interface Track {
  name: string;
  /** What its checks need besides an implementation that answers: to count its model calls, to kill its process. */
  needs: ("model" | "process")[];
  /** How its bench differs from the plain one. */
  bench?: Omit<BenchOptions, "folder" | "url">;
  checks: Check[];
}

/** The clauses, with their titles as in SPEC.md. */
export const clauseTitles: Record<string, string> = {
  C1: "names, schemas and examples are the contract's",
  C2: "every example request is answered, over every route",
  C3: "bad input is a 400 that names the field",
  C4: "one idempotency key, one execution",
  F1: "a fault that may pass is retried, three attempts in all",
  F2: "a fault that will not pass is terminal, and says what to do",
  F3: "an answer that does not fit is asked for again, then refused",
  F4: "one failing specialist leaves the others alone",
  F5: "a tool's terminal error ends the run",
  D1: "killed after any model call, nothing completed is repeated",
  D2: "a routing decision survives the crash",
  D3: "a replay at every await changes nothing",
  D4: "the same when restate-server is killed",
  D5: "cancelling stops everything, a caller that leaves loses nothing",
  D6: "a new deployment takes the next request",
  P1: "fan-out is parallel",
  P2: "requests and sessions keep to themselves",
};

export const clauseOf = (checkId: string) => checkId.split("-")[0] as string;
