// What lanes cost: a handler in which three tools of four steps each run at the same time, against the same with
// Promise.all and no Restate at all, and against the tools one after the other. One interleaved run.
//
//   pnpm benchmark [rounds]

import { createServer } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { Ingress, RestateServer } from "@durable-agents/crash-harness";
import { type Context, createEndpointHandler, service } from "@restatedev/restate-sdk";
import { median, quantile } from "simple-statistics";
import { mapLanes, withLanes } from "../src/index.ts";

/** How long each step takes, in milliseconds: the same for all, and another one for each tool and step. */
const tools = [
  [10, 40, 5, 25],
  [30, 10, 20, 15],
  [5, 20, 40, 10],
];

const run = async (step: (millis: number) => PromiseLike<unknown>, millis: number[]) => {
  for (const duration of millis) await step(duration);
};

const inHandler = async (ctx: Context, sequential: boolean) => {
  withLanes(ctx, { sequential });
  await mapLanes(ctx, tools, (millis) => run((duration) => ctx.run("step", () => pause(duration)), millis));
};

const benchmark = service({
  name: "Benchmark",
  handlers: {
    lanes: (ctx: Context) => inHandler(ctx, false),
    sequential: (ctx: Context) => inHandler(ctx, true),
  },
});

const rounds = Number(process.argv[2] ?? 50);
await using server = await RestateServer.start();
const endpoint = createServer(createEndpointHandler({ services: [benchmark] }));
await new Promise<void>((resolve) => endpoint.listen(0, resolve));
await server.register(`http://127.0.0.1:${(endpoint.address() as { port: number }).port}`);
const ingress = new Ingress(server.ingressUrl);

const systems = {
  "Promise.all, no Restate": async () => {
    await Promise.all(tools.map((millis) => run(pause, millis)));
  },
  lanes: async () => {
    await ingress.call("Benchmark/lanes", "");
  },
  "one after the other": async () => {
    await ingress.call("Benchmark/sequential", "");
  },
};

const samples = Object.fromEntries(Object.keys(systems).map((name) => [name, [] as number[]]));
// The first five rounds warm up.
for (let round = -5; round < rounds; round++) {
  for (const [name, system] of Object.entries(systems)) {
    const started = performance.now();
    await system();
    if (round >= 0) samples[name]?.push(performance.now() - started);
  }
}
endpoint.close();

const baseline = median(samples["Promise.all, no Restate"] ?? []);
console.log(`${rounds} rounds, three tools of four steps; milliseconds`);
console.table(
  Object.entries(samples).map(([name, times]) => ({
    "": name,
    median: median(times).toFixed(1),
    p95: quantile(times, 0.95).toFixed(1),
    ratio: (median(times) / baseline).toFixed(2),
  })),
);
process.exit(0);
