import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tagsIn } from "./tags.ts";

/** One request that a counting server got. Times are milliseconds since 1970. */
export interface Recorded {
  /** 1, 2, 3 and so on, since the start or the last reset. */
  id: number;
  /** Equal for equal requests: made again after a crash, it has the key that it had before. */
  key: string;
  /** What it is called in reports: the agent that asks, or `POST /refunds`. */
  label: string;
  /** When the request was there. */
  startedAt: number;
  /** When it was answered or given up. */
  endedAt?: number;
  /** `failed`: answered with an error. `abandoned`: the client was gone before the answer. */
  outcome: "pending" | "answered" | "failed" | "abandoned";
  /** The HTTP status, once there is one. */
  status?: number;
}

/** A server that keeps what it is asked, and holds answers back, so that a process can be killed while it waits for one. */
export abstract class Recorder<Call extends Recorded = Recorded> implements AsyncDisposable {
  /** Every request so far, oldest first. */
  readonly calls: Call[] = [];
  /** What takes the requests, once it has started. */
  protected abstract readonly server: Server;
  readonly #onCall: ((call: Call) => void) | undefined;
  readonly #tags = new WeakMap<Recorded, Set<string>>();
  #holds?: Map<Recorded, () => void>;

  /** @param onCall is told of every call when it comes (it is pending then) and when it has ended */
  constructor(onCall?: (call: Call) => void) {
    this.#onCall = onCall;
  }

  /** Where it is, such as `http://127.0.0.1:4020`. */
  protected get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whether the tag of a request stands in what was asked. */
  mentions(call: Recorded, tag: string): boolean {
    return this.#tags.get(call)?.has(tag) ?? false;
  }

  /** From now on, no call is answered until {@link release} or {@link stopHolding} says so. */
  hold(): void {
    this.#holds ??= new Map();
  }

  /** The calls that wait for an answer now, oldest first; those whose client is gone do not count. */
  get held(): Call[] {
    return [...(this.#holds?.keys() ?? [])].filter(({ outcome }) => outcome === "pending") as Call[];
  }

  /** Answers one held call. */
  release(call: Recorded): void {
    this.#holds?.get(call)?.();
    this.#holds?.delete(call);
  }

  /** Answers all held calls, and later ones at once. */
  stopHolding(): void {
    const holds = this.#holds;
    this.#holds = undefined;
    for (const release of holds?.values() ?? []) release();
  }

  /** Forgets calls and holds. */
  reset(): void {
    this.stopHolding();
    this.calls.length = 0;
  }

  /** Notes a call and all that was said in it, and what comes of it. */
  protected record(call: Call, text: string, response: ServerResponse): void {
    this.calls.push(call);
    this.#tags.set(call, new Set(tagsIn(text)));
    this.#onCall?.(call);
    const end = (change: Partial<Recorded>) => {
      if (call.outcome !== "pending") return;
      Object.assign(call, change, { endedAt: Date.now() });
      this.#onCall?.(call);
    };
    // "finish": the whole answer was handed to the network; "close" without it: the client has hung up.
    response.once("finish", () => {
      const { statusCode: status } = response;
      end({ status, outcome: status < 400 ? "answered" : "failed" });
    });
    response.once("close", () => end({ outcome: "abandoned" }));
  }

  /** Resolves at once, or when the call is released. */
  protected async untilReleased(call: Call): Promise<void> {
    const holds = this.#holds;
    if (holds) await new Promise<void>((release) => holds.set(call, release));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopHolding();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
