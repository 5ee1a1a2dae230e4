import type { TestEnvironment, TestEnvironmentOptions } from "@durable-agents/crash-harness";

/** One thing that is checked. Several make a clause of SPEC.md; the id begins with the clause's. */
export interface Check {
  /** Such as `D1-router`; the part before the dash is the clause. */
  id: string;
  title: string;
  /** Whether it takes long, and finds what others of its clause find too: `npm test` leaves it to `npm run test:all`. */
  slow?: boolean;
  /** Judges the implementation in the environment; throws, with what fell short, if it does not hold. */
  run: (environment: TestEnvironment, selection: Selection) => Promise<void>;
}

/** How much is tried. */
export interface Selection {
  /** How often D3 runs each pattern. */
  rounds: number;
  /** The ids of the checks that are run. */
  selected: ReadonlySet<string>;
}

/** Checks that share an environment, one after the other. */
export interface Track {
  name: string;
  /** What its checks need besides an implementation that answers: to count its model calls, to kill its process. */
  needs: ("model" | "process")[];
  /** How its restate-server differs from the usual one. */
  server?: TestEnvironmentOptions["server"];
  /** What the implementation finds in its environment besides the usual. */
  env?: TestEnvironmentOptions["env"];
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
