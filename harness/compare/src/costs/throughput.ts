import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { callPath, freshKey } from "@durable-agents/crash-harness";
import { supportAgents } from "@durable-agents/shared/agents/router";
import { type Pattern, startMockModel } from "@durable-agents/testkit";
import type { ThroughputSample } from "../results.ts";
import { askUnderLoad, type Load } from "./load.ts";
import type { ModelLoad } from "./model-load.ts";
import {
  type Measured,
  type RunningSystems,
  requireModelCalls,
  requireOk,
  type TurnOptions,
  takeTurns,
} from "./turns.ts";

/**
 * Measures how many requests a system answers when the next request is sent as soon as one is answered, with a model
 * that answers at once. In its turn, a system is alone.
 *
 * An answer that is an error, or a model call too many, is not counted: it ends the measure for this system.
 */
export const measureThroughput = (
  systems: RunningSystems,
  pattern: Pattern,
  { concurrency, seconds, rampUpSeconds, ...options }: Load & TurnOptions,
): Promise<Measured<ThroughputSample>> =>
  takeTurns("throughput", systems, [pattern], options, async ({ name, system, part, round, signal }) => {
    const { ingress, model } = system;
    const { request } = part;
    model.reset();
    const { all, counted } = await askUnderLoad({ concurrency, seconds, rampUpSeconds }, async (stop) => {
      const path = callPath(request, freshKey("session"));
      const { status, body } = await ingress.call(path, request.body, { signal: AbortSignal.any([signal, stop]) });
      requireOk(path, status, body);
    });
    requireModelCalls(`${all} times ${request.call}`, model.calls.length, all * request.modelCalls);
    model.reset();
    return { system: name, pattern: part.name, concurrency, round, requests: counted, seconds };
  });

/**
 * Measures how many calls the mock model answers in a second while nothing else runs: no system can make more.
 * The client has a thread of its own, as a system has a process of its own.
 */
export async function measureMockModel(load: Load): Promise<number> {
  await using model = await startMockModel({ strict: true });
  const messages = [
    { role: "system", content: supportAgents.billing.instructions },
    { role: "user", content: "I was charged twice for my subscription last month" },
  ];
  const workerData: ModelLoad = {
    ...load,
    url: `${model.baseUrl}/responses`,
    body: JSON.stringify({ model: "mock", input: messages }),
  };
  const worker = new Worker(new URL("./model-load.ts", import.meta.url), { workerData });
  try {
    // An error of the worker is thrown here.
    const [answers] = (await once(worker, "message")) as [number];
    return answers / load.seconds;
  } finally {
    await worker.terminate();
  }
}
