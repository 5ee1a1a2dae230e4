// What a model call costs in the journal, in bytes, beside the raw response that came for it, and what it would cost if that
// was kept too, as `providerData` does. With OPENAI_API_KEY, OpenAI is asked instead of the mock model, whose responses
// are short: OpenAI's repeat the instructions and the tools.
//
//   pnpm journal-bytes [--output file.json]

import { writeFileSync } from "node:fs";
import { createServer } from "node:http2";
import { parseArgs } from "node:util";
import { Ingress, RestateServer } from "@durable-agents/crash-harness";
import { measuredOn, startMockModel } from "@durable-agents/testkit";
import { Agent } from "@openai/agents";
import { type Context, createEndpointHandler, service } from "@restatedev/restate-sdk";
import { z } from "zod";
import { durableRun, durableTool, openAIModels } from "../src/index.ts";
import { bytesSummary, type CallBytes } from "./summary.ts";

const { values } = parseArgs({ options: { output: { type: "string" } } });
const environment = measuredOn("pnpm journal-bytes");

const model = process.env.OPENAI_MODEL || "gpt-4.1-mini";
const parameters = z.object({});
const finding = z.object({ title: z.string(), relevance: z.number(), sources: z.array(z.string()).min(3) });
const tools = ["alpha", "beta", "gamma"].map((name) =>
  durableTool({ name, description: "A tool", parameters, execute: () => "done" }),
);
const agents = {
  prose: new Agent({ name: "Prose", model }),
  structured: new Agent({ name: "Structured", model, outputType: finding }),
  "three tools, then prose": new Agent({ name: "Tools", model, tools }),
};

let rawBytes: number[] = [];
const modelProvider = openAIModels({
  client: {
    fetch: async (...args) => {
      const response = await fetch(...args);
      rawBytes.push((await response.clone().arrayBuffer()).byteLength);
      return response;
    },
  },
});
const benchmark = service({
  name: "Benchmark",
  handlers: {
    ask: async (ctx: Context, name: keyof typeof agents) =>
      (await durableRun(ctx, agents[name], "What is durable execution, and why would I want it?", { modelProvider }))
        .finalOutput,
  },
});

await using mock = await startMockModel();
if (!process.env.OPENAI_API_KEY) Object.assign(process.env, mock.env);
await using server = await RestateServer.start();
const endpoint = createServer(createEndpointHandler({ services: [benchmark], logger: () => undefined }));
await new Promise<void>((resolve) => endpoint.listen(0, resolve));
await server.register(`http://127.0.0.1:${(endpoint.address() as { port: number }).port}`);
const ingress = new Ingress(server.ingressUrl);

const calls: CallBytes[] = [];
for (const name of Object.keys(agents)) {
  rawBytes = [];
  const id = await ingress.send("Benchmark/ask", JSON.stringify(name));
  const { status, body } = await ingress.attach(id);
  if (status !== 200) throw new Error(`${name} answered ${status}: ${JSON.stringify(body)}`);
  const entries = await server.query<{ raw_length: number }>(
    `SELECT raw_length FROM sys_journal WHERE id = '${id}' AND entry_type = 'Notification: Run' ORDER BY index`,
  );
  for (const [index, { raw_length }] of entries.entries()) {
    const raw = rawBytes[index] ?? Number.NaN;
    calls.push({ call: `${name}, call ${index + 1}`, raw, journaled: raw_length });
  }
}
console.log(bytesSummary({ calls }));
if (values.output) writeFileSync(values.output, `${JSON.stringify({ environment, calls }, null, 2)}\n`);
process.exit(0);
