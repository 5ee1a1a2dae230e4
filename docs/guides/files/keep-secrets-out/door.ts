import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { redact } from "./redact.ts";
import { journalKey, sealed } from "./sealed.ts";

// Stands before Restate's ingress: what goes in is redacted and encrypted, what comes out is decrypted.
const codec = sealed(journalKey());
const ingress = process.env.INGRESS_URL || "http://localhost:8080";
const port = Number(process.env.DOOR_PORT || 8000);

async function forward(request: IncomingMessage): Promise<Response> {
  const idempotencyKey = request.headers["idempotency-key"];
  const url = new URL(request.url ?? "/", ingress);
  // Somebody who attaches to a request sends nothing.
  if (request.method === "GET") return fetch(url);
  const body = codec.encode(Buffer.from(redact(String(await buffer(request)))));
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(typeof idempotencyKey === "string" && { "idempotency-key": idempotencyKey }),
    },
    body: Uint8Array.from(body),
  });
}

createServer(async (request, response) => {
  try {
    const answer = await forward(request);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    // Restate's own words are not encrypted: errors, and that a request was accepted.
    const isFromHandler = answer.status === 200 && !request.url?.startsWith("/restate/send/");
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(isFromHandler ? await codec.decode(bytes) : bytes);
  } catch (error) {
    response.writeHead(502, { "content-type": "application/json" });
    response.end(JSON.stringify({ message: `${error}` }));
  }
}).listen(port, () => console.log(`The door is open on port ${port}`));
