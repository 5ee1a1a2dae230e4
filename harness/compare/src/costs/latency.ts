import { setTimeout as delay } from "node:timers/promises";
import type { Pattern } from "@durable-agents/testkit";
import type { LatencySample } from "../results.ts";
import { ask, type Measured, type RunningSystems, type TurnOptions, Turns, turnOrder } from "./turns.ts";

export interface LatencyOptions extends TurnOptions {
  patterns: Pattern[];
  /** How long the model takes for an answer, in milliseconds. */
  modelLatency: number;
  /** How often each system has its turn with each pattern. */
  rounds: number;
  /** Rounds before these, which are not counted. */
  warmUp: number;
  /**
   * How many milliseconds after one system the next one starts. Unless set, it starts when the one before has its
   * answer, and nothing else happens in the machine. With a slow model, most of a turn is waiting: a system's own work
   * then falls into the time in which the others wait, if the model's latency is at least this times the systems.
   */
  stagger?: number;
}

/**
 * Measures how long requests take, for all systems in one run: in each round, each has its turn with each pattern, right
 * after or before the others, in an order that changes.
 *
 * @param systems all of them up, each with a mock model of its own
 */
export async function measureLatency(
  systems: RunningSystems,
  { patterns, modelLatency, rounds, warmUp, stagger, ...options }: LatencyOptions,
): Promise<Measured<LatencySample>> {
  const total = (warmUp + rounds) * patterns.length * systems.size;
  const turns = new Turns<LatencySample>("latencies", total, options, `latency at ${modelLatency} ms a model call`);
  for (const { model } of systems.values()) model.latency = modelLatency;
  try {
    for (let round = -warmUp; round < rounds; round++) {
      for (const [index, { name: pattern, request }] of patterns.entries()) {
        const order = turnOrder(systems, warmUp + round + index);
        await inTurns(order, stagger, ([name, system]) =>
          turns.take(name, pattern, async (signal) => {
            system.model.reset();
            const { milliseconds } = await ask(system, request, signal);
            return round < 0 ? undefined : { system: name, pattern, modelLatency, round, milliseconds };
          }),
        );
      }
    }
  } finally {
    for (const { model } of systems.values()) model.latency = 0;
  }
  const { samples, notMeasured } = turns.result;
  const withLatency = notMeasured.map((it) => ({ ...it, reason: `${it.reason} (at ${modelLatency} ms a model call)` }));
  return { samples, notMeasured: withLatency };
}

/** Does something for each of several things, one after the other, or each so many milliseconds after the one before. */
async function inTurns<T>(things: T[], apart: number | undefined, turn: (thing: T) => Promise<void>): Promise<void> {
  if (apart === undefined) {
    for (const thing of things) await turn(thing);
  } else {
    await Promise.all(things.map((thing, position) => delay(position * apart).then(() => turn(thing))));
  }
}
