import type { EffectsServer } from "./effects.ts";
import type { Ingress } from "./ingress.ts";
import type { MockModel } from "./mock-model.ts";
import type { Recorded } from "./recorder.ts";

/** A process, or several, that can be killed with SIGKILL and started again. */
export interface Killable {
  /** Kills it; it is gone when this resolves. */
  kill(): Promise<void>;
  /** Starts it again, and waits until it is ready. */
  restart(): Promise<void>;
  /** The processes that it consists of now. */
  pids(): Promise<number[]>;
}

/** The agent's process, which may also end by itself. */
export interface Service extends Killable {
  /** Resolves when the process that runs now has ended. */
  ended(): Promise<unknown>;
}

/** What stores the progress of requests: restate-server, or a database. */
export interface Store extends Killable {
  /** What is stored now, as far as that tells whether anything moves. */
  look(): Promise<StoreLook>;
  /** Whether {@link look} tells how many steps are under way; only Restate does. */
  knowsSteps?: boolean;
  /** Why something that is not over has been tried several times; undefined if nothing has. Only Restate tells. */
  repeatedFailure?(): Promise<string | undefined>;
  /** How much is stored: journal entries or rows, and their bytes. */
  size(): Promise<{ entries: number; bytes: number }>;
}

/** One look at a {@link Store}. */
export interface StoreLook {
  /** Something that is another one as soon as anything more is stored. */
  position: string;
  /** How many steps are under way, if all else waits for them; undefined while something moves, or if it does not know. */
  stepsUnderWay?: number | undefined;
}

/** A system under test: an agent's service, what stores its progress, and the servers that count what it does. */
export interface SystemUnderTest extends AsyncDisposable {
  /** The model that it asks. */
  model: MockModel;
  /** What its tools call over HTTP; undefined if they call nothing. */
  effects?: EffectsServer | undefined;
  /** Where its clients call it: on Restate the ingress, else its own server. */
  ingress: Ingress;
  /** The agent's process; undefined if it runs elsewhere. */
  service: Service | undefined;
  /** What stores its progress; undefined if nothing does. */
  server: Store | undefined;
}

/** The model calls and effects of a system so far, in the order in which they began. */
export const recordedCalls = ({ model, effects }: Pick<SystemUnderTest, "model" | "effects">): Recorded[] =>
  [...model.calls, ...(effects?.calls ?? [])].sort((a, b) => a.startedAt - b.startedAt);

/** Those that wait for an answer now. */
export const heldCalls = ({ model, effects }: Pick<SystemUnderTest, "model" | "effects">): Recorded[] => [
  ...model.held,
  ...(effects?.held ?? []),
];
