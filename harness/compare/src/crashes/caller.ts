import type { Ingress, Reply } from "@durable-agents/testkit";

/** How long a caller goes on asking again, in milliseconds, and how long it waits in between. */
const PATIENCE = 10_000;
const PAUSE = 100;

/** Somebody who calls a service, waits on the connection that it has, and may have to ask again with the same key. */
export class Caller {
  readonly #client: Ingress;
  readonly #path: string;
  readonly #body: unknown;
  readonly #idempotencyKey: string;
  /** What came back on the first connection; undefined while it is open, `"broken"` when it broke. */
  first: Reply | "broken" | undefined;
  /** When that was. */
  firstAt: number | undefined;

  private constructor(client: Ingress, path: string, body: unknown, idempotencyKey: string) {
    this.#client = client;
    this.#path = path;
    this.#body = body;
    this.#idempotencyKey = idempotencyKey;
  }

  /** Sends a request, and waits for its answer in the background. */
  static ask(client: Ingress, path: string, body: unknown, idempotencyKey: string): Caller {
    const caller = new Caller(client, path, body, idempotencyKey);
    const end = (outcome: Reply | "broken") => {
      caller.first = outcome;
      caller.firstAt = Date.now();
    };
    void caller.#call().then(end, () => end("broken"));
    return caller;
  }

  /** Whether the answer came on the first connection, as if nothing had happened. */
  get stayed(): boolean {
    return typeof this.first === "object" && this.first.status === 200;
  }

  /**
   * Asks again with the same key until there is an answer, for ten seconds at most.
   *
   * @returns the last reply; status 0 if there was none
   */
  async askAgain(): Promise<Reply> {
    const deadline = Date.now() + PATIENCE;
    let reply: Reply = { status: 0, body: undefined };
    while (Date.now() < deadline) {
      try {
        reply = await this.#call(AbortSignal.timeout(PATIENCE));
        if (reply.status === 200) break;
      } catch (error) {
        reply = { status: 0, body: String(error) };
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    return reply;
  }

  #call(signal?: AbortSignal): Promise<Reply> {
    return this.#client.call(this.#path, this.#body, {
      idempotencyKey: this.#idempotencyKey,
      ...(signal && { signal }),
    });
  }
}
