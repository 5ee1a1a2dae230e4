// Two tools at once, two durable steps each, on a restate-server that replays at every await: with lanes and without.
//
//   node run.mjs docs/examples/parallel-tools.ts

import { createServer } from "node:http2";
import { Ingress, JournalQueries, onInterrupt, RestateServer } from "@durable-agents/crash-harness";
import { mapLanes, withLanes } from "@durable-agents/lanes";
import { type Context, createEndpointHandler, service } from "@restatedev/restate-sdk";

const tools = ["eligibility", "fraud"];
let executed = 0;

// #region tools
/** A tool as an agent SDK calls it: some awaits, some of them durable. */
async function useTool(ctx: Context, tool: string): Promise<string> {
  const facts = await ctx.run(`${tool}: look up`, () => work(`facts on ${tool}`));
  return ctx.run(`${tool}: judge`, () => work(`${facts}, judged`));
}

const agent = service({
  name: "Agent",
  handlers: {
    // What every agent SDK does with the tool calls of one turn.
    withoutLanes: (ctx: Context) => Promise.all(tools.map((tool) => useTool(ctx, tool))),
    withLanes: (ctx: Context) => mapLanes(withLanes(ctx), tools, (tool) => useTool(ctx, tool)),
  },
  options: { retryPolicy: { initialInterval: 50, maxAttempts: 5, onMaxAttempts: "kill" } },
});
// #endregion tools

async function work(result: string): Promise<string> {
  executed++;
  await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
  return result;
}

const endpoint = createServer(createEndpointHandler({ services: [agent], logger: () => undefined }));
await new Promise<void>((resolve) => endpoint.listen(0, resolve));
const { port } = endpoint.address() as { port: number };

await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
onInterrupt(() => server[Symbol.asyncDispose]());
await server.register(`http://127.0.0.1:${port}`);

const ingress = new Ingress(server.ingressUrl);
const journal = new JournalQueries(server);

for (const handler of ["withoutLanes", "withLanes"]) {
  executed = 0;
  const { status, body } = await ingress.call(`Agent/${handler}`, {});
  console.log(`${handler}: ${status === 200 ? "answered" : `failed with ${status}`}, ${executed} steps executed for 4`);
  console.log(status === 200 ? JSON.stringify(body) : (await journal.transientErrors())[0]?.message.split("\n")[0]);
}
endpoint.close();
process.exit(0);
