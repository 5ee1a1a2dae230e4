// Two tools at once, two durable steps each, on a restate-server that replays at every await: with lanes and without.
//
//   node run.mjs docs/examples/parallel-tools.ts

import { createServer } from "node:http2";
import { EffectsServer, Ingress, JournalQueries, onInterrupt, RestateServer } from "@durable-agents/crash-harness";
import { mapLanes, withLanes } from "@durable-agents/lanes";
import { type Context, createEndpointHandler, service } from "@restatedev/restate-sdk";

const tools = ["flights", "hotels"];

// #region tools
/** A tool as an agent SDK calls it: it asks another system for a price, and books there. Each request is a step. */
async function book(ctx: Context, tool: string): Promise<string> {
  const { price } = await ctx.run(`${tool}: price`, () => request("GET", tool));
  const { booking } = await ctx.run(`${tool}: book`, () => request("POST", `${tool}?price=${price}`));
  return booking;
}

const agent = service({
  name: "Agent",
  handlers: {
    // What every agent SDK does with the tool calls of one turn.
    withoutLanes: (ctx: Context) => Promise.all(tools.map((tool) => book(ctx, tool))),
    withLanes: (ctx: Context) => mapLanes(withLanes(ctx), tools, (tool) => book(ctx, tool)),
  },
  options: { retryPolicy: { initialInterval: 50, maxAttempts: 5, onMaxAttempts: "kill" } },
});
// #endregion tools

/** The system that the tools call: it counts the requests. */
const effects = await EffectsServer.start({
  answer: ({ method, path }) => (method === "GET" ? { price: 120 } : { booking: `booked${path}` }),
});

async function request(method: string, path: string): Promise<{ price: number; booking: string }> {
  await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
  const response = await fetch(`${effects.baseUrl}/${path}`, { method });
  return (await response.json()) as { price: number; booking: string };
}

const endpoint = createServer(createEndpointHandler({ services: [agent], logger: () => undefined }));
await new Promise<void>((resolve) => endpoint.listen(0, resolve));
const { port } = endpoint.address() as { port: number };

await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
onInterrupt(() => server[Symbol.asyncDispose]());
await server.register(`http://127.0.0.1:${port}`);

const ingress = new Ingress(server.ingressUrl);
const journal = new JournalQueries(server);

for (const handler of ["withLanes", "withoutLanes"]) {
  effects.reset();
  const { status, body } = await ingress.call(`Agent/${handler}`, {});
  const [error] = await journal.transientErrors();
  const outcome = status === 200 ? JSON.stringify(body) : "failed";
  console.log(
    `${handler}: ${outcome}, ${effects.calls.length} requests for 4, ${error?.message.split("\n")[0] ?? "no error"}`,
  );
}
process.exit(0);
