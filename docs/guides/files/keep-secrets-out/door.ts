import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { redact } from "./redact.ts";
import { journalKey, sealed } from "./sealed.ts";

// Stands before Restate's ingress: what goes in is redacted and encrypted, what comes out is decrypted.
const codec = sealed(journalKey());
const ingress = process.env.INGRESS_URL || "http://localhost:8080";
const port = Number(process.env.DOOR_PORT || 8000);

const forward = async (request: IncomingMessage) => {
  const idempotencyKey = request.headers["idempotency-key"];
  return fetch(new URL(request.url ?? "/", ingress), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(typeof idempotencyKey === "string" && { "idempotency-key": idempotencyKey }),
    },
    body: Uint8Array.from(codec.encode(Buffer.from(redact(String(await buffer(request)))))),
  });
};

createServer(async (request, response) => {
  try {
    const answer = await forward(request);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    response.writeHead(answer.status, { "content-type": "application/json" });
    // Errors are Restate's own words, and are not encrypted.
    response.end(answer.status === 200 ? await codec.decode(bytes) : bytes);
  } catch (error) {
    response.writeHead(502, { "content-type": "application/json" });
    response.end(JSON.stringify({ message: `${error}` }));
  }
}).listen(port, () => console.log(`The door is open on port ${port}`));
