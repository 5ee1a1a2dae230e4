import { randomUUID } from "node:crypto";
import { jsonOrText } from "./exchange.ts";
import { sleep } from "./processes.ts";

/** What came back for a request. */
export interface Reply {
  /** The HTTP status. */
  status: number;
  /** Parsed JSON, or text where it is none. */
  body: unknown;
}

/** What a client may say besides path and body. */
export interface CallOptions {
  /** Requests with the same key are one execution. */
  idempotencyKey?: string;
  /** Hangs up when it is aborted; the invocation goes on. */
  signal?: AbortSignal;
}

/** A client of Restate's ingress that shows what the client gets: status and body. */
export class Ingress {
  /** Where the ingress is, such as `http://localhost:8080`. */
  readonly url: string;
  readonly #closed: AbortSignal | undefined;

  /**
   * @param url where the ingress is
   * @param closed ends {@link attach} when it is aborted
   */
  constructor(url: string, closed?: AbortSignal) {
    this.url = url;
    this.#closed = closed;
  }

  /**
   * Calls a handler and waits for its result.
   *
   * @param path such as `ResearchReport/generate`, with or without `/restate/call/` before it
   * @param body sent as JSON; a string is sent as it is
   */
  async call(path: string, body: unknown, { idempotencyKey, signal }: CallOptions = {}): Promise<Reply> {
    const response = await fetch(new URL(path, `${this.url}/`), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });
    return readReply(response);
  }

  /** Sends a request without waiting for its result. @returns the invocation's id */
  async send(path: string, body: unknown, options?: CallOptions): Promise<string> {
    const { status, body: reply } = await this.call(`restate/send/${path}`, body, options);
    if (status !== 202 && status !== 200) throw new Error(`send ${path}: ${status} ${JSON.stringify(reply)}`);
    return (reply as { invocationId: string }).invocationId;
  }

  /**
   * Waits for the result of an invocation, over restarts of the server.
   *
   * @throws Error if the server can't be asked for two minutes, or the client was closed
   */
  async attach(invocationId: string): Promise<Reply> {
    const url = `${this.url}/restate/invocation/${invocationId}/attach`;
    let problem: unknown;
    let deadline = Date.now() + UNREACHABLE_TIMEOUT;
    while (Date.now() < deadline) {
      const asked = Date.now();
      try {
        const reply = await readReply(await fetch(url, this.#closed && { signal: this.#closed }));
        // A server that has just come back does not know its partitions yet, and says 5xx on its own behalf.
        if (reply.status < 500 || (reply.body as { source?: string }).source === "invocation") return reply;
        problem = `${reply.status} ${JSON.stringify(reply.body)}`;
      } catch (error) {
        this.#closed?.throwIfAborted();
        problem = error;
        // It was there while it waited for the result; it has two minutes to come back.
        if (Date.now() - asked > 1_000) deadline = Date.now() + UNREACHABLE_TIMEOUT;
      }
      await sleep(50);
    }
    throw new Error(`Restate could not be asked for the result of ${invocationId}: ${problem}`);
  }
}

/** How long a server may be away, in milliseconds. */
const UNREACHABLE_TIMEOUT = 120_000;

const readReply = async (response: Response): Promise<Reply> => ({
  status: response.status,
  body: jsonOrText(await response.text()),
});

/**
 * A key that no other request has.
 *
 * @param purpose what it begins with
 */
export const freshKey = (purpose: string) => `${purpose}-${randomUUID().slice(0, 8)}`;
