// What durability costs an agent's turn: three tools of four steps each, and the model calls before and after them. The SDK
// by itself, durableRun, and durableRun with one tool after the other. One interleaved run; the first five rounds warm up.
//
//   pnpm benchmark [--rounds 50] [--model-latency 100] [--output file.json]

import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http2";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Ingress, RestateServer } from "@durable-agents/crash-harness";
import { measuredOn, startMockModel } from "@durable-agents/testkit";
import { Agent, Runner, tool } from "@openai/agents";
import { type Context, createEndpointHandler, service } from "@restatedev/restate-sdk";
import { z } from "zod";
import { durableRun, durableTool, openAIModels, restateContext } from "../src/index.ts";
import { summary } from "./summary.ts";

/** How long each step takes, in milliseconds: another one for each tool and step. */
const durations = { alpha: [10, 40, 5, 25], beta: [30, 10, 20, 15], gamma: [5, 20, 40, 10] };
const names = Object.keys(durations) as (keyof typeof durations)[];
const parameters = z.object({});

const plain = new Agent({
  name: "Plain",
  model: "test-model",
  tools: names.map((name) =>
    tool({
      name,
      description: "Makes four steps",
      parameters,
      execute: async () => {
        for (const millis of durations[name]) await pause(millis);
        return "done";
      },
    }),
  ),
});
const durable = new Agent({
  name: "Durable",
  model: "test-model",
  tools: names.map((name) =>
    durableTool({
      name,
      description: "Makes four steps",
      parameters,
      execute: async () => {
        for (const millis of durations[name]) await restateContext().run("step", () => pause(millis));
        return "done";
      },
    }),
  ),
});

const oneByOne = { toolExecution: { maxFunctionToolConcurrency: 1 } };
const benchmark = service({
  name: "Benchmark",
  handlers: {
    parallel: async (ctx: Context) => (await durableRun(ctx, durable, "Work")).finalOutput,
    sequential: async (ctx: Context) => (await durableRun(ctx, durable, "Work", oneByOne)).finalOutput,
  },
});

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    "model-latency": { type: "string", default: "100" },
    output: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const modelLatency = Number(values["model-latency"]);
if (!(Number.isInteger(rounds) && rounds > 0 && modelLatency >= 0)) {
  console.error("--rounds takes a whole number above 0, --model-latency milliseconds");
  process.exit(2);
}

const environment = measuredOn("pnpm benchmark");
await using model = await startMockModel({ latency: modelLatency });
Object.assign(process.env, model.env);
await using server = await RestateServer.start();
const endpoint = createServer(createEndpointHandler({ services: [benchmark], logger: () => undefined }));
await new Promise<void>((resolve) => endpoint.listen(0, resolve));
await server.register(`http://127.0.0.1:${(endpoint.address() as { port: number }).port}`);
const ingress = new Ingress(server.ingressUrl);
const runner = new Runner({ modelProvider: openAIModels(), tracingDisabled: true });

const call = async (handler: string) => {
  const { status, body } = await ingress.call(`Benchmark/${handler}`, "");
  if (status !== 200) throw new Error(`${handler} answered ${status}: ${JSON.stringify(body)}`);
};
const systems: Record<string, () => Promise<unknown>> = {
  "the SDK, no Restate": () => runner.run(plain, "Work"),
  "durableRun, in parallel": () => call("parallel"),
  "durableRun, one after the other": () => call("sequential"),
};

const samples: Record<string, number[]> = Object.fromEntries(Object.keys(systems).map((name) => [name, []]));
for (let round = -5; round < rounds; round++) {
  for (const [name, system] of Object.entries(systems)) {
    const started = performance.now();
    await system();
    if (round >= 0) samples[name]?.push(performance.now() - started);
  }
}
endpoint.close();

console.log(summary({ modelLatency, samples }));
if (values.output) {
  mkdirSync(dirname(values.output), { recursive: true });
  writeFileSync(values.output, `${JSON.stringify({ environment, modelLatency, samples }, null, 2)}\n`);
}
process.exit(0);
