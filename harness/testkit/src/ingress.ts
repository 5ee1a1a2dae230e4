import { randomUUID } from "node:crypto";

/** What came back for a request. `body` is parsed JSON, or text where it is none. */
export interface Reply {
  status: number;
  body: unknown;
}

export interface CallOptions {
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** A client of Restate's ingress that shows what the caller gets: status and body. */
export class Ingress {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
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

  /** Waits for the result of an invocation. It goes on asking when the server is gone meanwhile. */
  async attach(invocationId: string): Promise<Reply> {
    for (;;) {
      try {
        const reply = await readReply(await fetch(`${this.url}/restate/invocation/${invocationId}/attach`));
        // A server that has just come back does not know its partitions yet.
        if (reply.status !== 503 && reply.status !== 500) return reply;
        if ((reply.body as { source?: string }).source === "invocation") return reply;
      } catch {
        // It is down; it will be back, or the caller's deadline passes.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function readReply(response: Response): Promise<Reply> {
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}

/** A key that nobody else has. */
export const freshKey = (purpose: string) => `${purpose}-${randomUUID().slice(0, 8)}`;
