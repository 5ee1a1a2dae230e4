import type { Activity } from "./idle.ts";
import type { Ingress, Reply } from "./ingress.ts";
import { sleep } from "./processes.ts";

/** How long a client waits before it retries, in milliseconds. */
const PAUSE = 100;

/** After how many errors in a row, each the answer to a retry, a client takes the error for the answer. */
const MAX_ERRORS = 30;

/** A client that waits for its answer on the connection that it has, and can retry with the same idempotency key. */
export class Client {
  readonly #ingress: Ingress;
  readonly #path: string;
  readonly #body: unknown;
  readonly #idempotencyKey: string;
  /** What came back on the first connection; undefined while it is open, `"broken"` when it broke. */
  first: Reply | "broken" | undefined;
  /** When that was. */
  firstAt: number | undefined;
  /** Resolves with what comes back on the first connection. */
  readonly ended: Promise<Reply | "broken">;

  private constructor(ingress: Ingress, path: string, body: unknown, idempotencyKey: string) {
    this.#ingress = ingress;
    this.#path = path;
    this.#body = body;
    this.#idempotencyKey = idempotencyKey;
    this.ended = this.#call().catch(() => "broken");
    void this.ended.then((outcome) => {
      this.first = outcome;
      this.firstAt = Date.now();
    });
  }

  /** Sends a request, and waits for its answer in the background. */
  static send(ingress: Ingress, path: string, body: unknown, idempotencyKey: string): Client {
    return new Client(ingress, path, body, idempotencyKey);
  }

  /** Whether the answer came on the first connection, as if nothing had happened. */
  get keptConnection(): boolean {
    return typeof this.first === "object" && this.first.status === 200;
  }

  /**
   * Retries with the same idempotency key until there is an answer. It gives up when the system does, by answering with
   * errors only, or when the system does nothing any more; never because time has passed.
   *
   * @param activity of the system
   * @param patience for how many milliseconds the system must have been idle
   * @returns the last reply; status 0 if there was none
   */
  async retry(activity: Activity, patience: number): Promise<Reply> {
    let reply: Reply = { status: 0, body: "no answer, although its process is idle" };
    for (let errors = 0; errors < MAX_ERRORS; ) {
      const given = new AbortController();
      const call = this.#call(given.signal).catch((error): Reply => ({ status: 0, body: reasonOf(error) }));
      let answered: Reply | undefined;
      void call.then((it) => {
        answered = it;
      });
      while (answered === undefined) {
        await Promise.race([call, sleep(PAUSE)]);
        if (answered === undefined && (await activity.idleFor()) > patience) given.abort();
      }
      if (given.signal.aborted) return reply;
      reply = answered;
      if (reply.status === 200) return reply;
      if (reply.status > 0) errors++;
      else if ((await activity.idleFor()) > patience) return reply;
      await sleep(PAUSE);
    }
    return reply;
  }

  #call(signal?: AbortSignal): Promise<Reply> {
    return this.#ingress.call(this.#path, this.#body, {
      idempotencyKey: this.#idempotencyKey,
      ...(signal && { signal }),
    });
  }
}

const reasonOf = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : String(error);
