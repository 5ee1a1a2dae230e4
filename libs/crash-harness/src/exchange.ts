import type { IncomingMessage, ServerResponse } from "node:http";

/** What JSON says, or the text where it is none. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Answers with JSON, on a line of its own. */
export function reply(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  return true;
}

/** One HTTP request to the mock model. */
export interface Exchange {
  response: ServerResponse;
  /** The request's body, once it is complete. */
  body: () => Buffer;
  /** How many bytes of the answer's body have been written. */
  answered: () => number;
}

/** Copies what a request's reader reads; a second reader would change when the first one gets it. */
export function recordBody(request: IncomingMessage): () => Buffer {
  const chunks: Buffer[] = [];
  const emit = request.emit.bind(request);
  request.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === "data") chunks.push(values[0] as Buffer);
    return emit(event, ...values);
  };
  return () => Buffer.concat(chunks);
}

/** Counts what is written to a response, which does not tell the size of its body without that of the headers. */
export function countBytes(response: ServerResponse): () => number {
  let bytes = 0;
  for (const method of ["write", "end"] as const) {
    const original = response[method].bind(response) as (...values: unknown[]) => unknown;
    response[method] = ((...values: unknown[]) => {
      const [chunk] = values;
      if (typeof chunk === "string" || chunk instanceof Uint8Array) bytes += Buffer.byteLength(chunk);
      return original(...values);
    }) as typeof response.write & typeof response.end;
  }
  return () => bytes;
}
