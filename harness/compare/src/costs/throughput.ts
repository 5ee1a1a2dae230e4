import { Worker } from "node:worker_threads";
import { callPath, freshKey, type SystemUnderTest } from "@durable-agents/crash-harness";
import { supportAgents } from "@durable-agents/shared/agents/router";
import { type Pattern, startMockModel } from "@durable-agents/testkit";
import type { ThroughputSample } from "../results.ts";
import type { ModelLoad } from "./model-load.ts";
import {
  type Measured,
  type RunningSystems,
  requireModelCalls,
  requireOk,
  type TurnOptions,
  Turns,
  turnOrder,
} from "./turns.ts";

export interface ThroughputOptions extends TurnOptions {
  pattern: Pattern;
  /** How many requests are under way at any moment. */
  concurrency: number;
  /** How long answers are counted in each round. */
  seconds: number;
  /** How long they are not counted before that, since all requests start at the same time. */
  rampUpSeconds: number;
  rounds: number;
  /** Rounds before these, which are not counted. */
  warmUp: number;
}

/**
 * Measures how many requests a system answers when the next request is sent as soon as one is answered, with a model
 * that answers at once. In each round, every system has its turn, alone, in an order that changes.
 *
 * An answer that is an error, or a model call too many, is not counted: it ends the measure for this system.
 */
export async function measureThroughput(
  systems: RunningSystems,
  { pattern, concurrency, seconds, rampUpSeconds, rounds, warmUp, ...options }: ThroughputOptions,
): Promise<Measured<ThroughputSample>> {
  const turns = new Turns<ThroughputSample>("throughput", (warmUp + rounds) * systems.size, options);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, system] of turnOrder(systems, warmUp + round)) {
      await turns.take(name, pattern.name, async (signal) => {
        const load = { concurrency, seconds, rampUpSeconds, signal };
        const requests = await answersUnderLoad(system, pattern, load);
        if (round < 0) return undefined;
        return { system: name, pattern: pattern.name, concurrency, round, requests, seconds };
      });
    }
  }
  return turns.result;
}

async function answersUnderLoad(
  { ingress, model }: SystemUnderTest,
  { request }: Pattern,
  {
    concurrency,
    seconds,
    rampUpSeconds,
    signal,
  }: Pick<ThroughputOptions, "concurrency" | "seconds" | "rampUpSeconds"> & { signal: AbortSignal },
): Promise<number> {
  model.reset();
  const from = performance.now() + rampUpSeconds * 1000;
  const until = from + seconds * 1000;
  // When one caller gets an error, the others stop: they would take time from the next system.
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  let all = 0;
  let counted = 0;
  const callUntilTheEnd = async () => {
    while (performance.now() < until) {
      const path = callPath(request, freshKey("session"));
      const { status, body } = await ingress.call(path, request.body, { signal: stop });
      requireOk(path, status, body);
      all++;
      const now = performance.now();
      if (now >= from && now < until) counted++;
    }
  };
  const callers = Array.from({ length: concurrency }, callUntilTheEnd);
  try {
    await Promise.all(callers);
  } finally {
    failed.abort();
    await Promise.allSettled(callers);
  }
  requireModelCalls(`${all} times ${request.call}`, model.calls.length, all * request.modelCalls);
  model.reset();
  return counted;
}

/**
 * Measures how many calls the mock model answers in a second while nothing else runs: no system can make more.
 * The client has a thread of its own, as a system has a process of its own.
 */
export async function measureMockModel({ concurrency = 32, seconds = 2, rampUpSeconds = 0.5 } = {}): Promise<number> {
  await using model = await startMockModel({ strict: true });
  const messages = [
    { role: "system", content: supportAgents.billing.instructions },
    { role: "user", content: "I was charged twice for my subscription last month" },
  ];
  const load: ModelLoad = {
    url: `${model.baseUrl}/responses`,
    body: JSON.stringify({ model: "mock", input: messages }),
    concurrency,
    seconds,
    rampUpSeconds,
  };
  const worker = new Worker(new URL("./model-load.ts", import.meta.url), { workerData: load });
  try {
    const answers = await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    return answers / seconds;
  } finally {
    await worker.terminate();
  }
}
