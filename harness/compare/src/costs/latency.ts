import type { Pattern } from "@durable-agents/testkit";
import type { LatencySample } from "../results.ts";
import { ask, type Measured, type RunningSystems, type TurnOptions, takeTurns } from "./turns.ts";

/** Measures how long requests take, a turn a pattern. */
export async function measureLatency(
  systems: RunningSystems,
  patterns: Pattern[],
  options: TurnOptions,
): Promise<Measured<LatencySample>> {
  const { modelLatency = 0 } = options;
  const model = `at ${modelLatency} ms a model call`;
  const { samples, notMeasured } = await takeTurns(
    "latencies",
    systems,
    patterns,
    { ...options, title: `latency ${model}` },
    async ({ name, system, part: { name: pattern, request }, round, signal }) => {
      system.model.reset();
      const { milliseconds } = await ask(system, request, signal);
      return { system: name, pattern, modelLatency, round, milliseconds };
    },
  );
  return { samples, notMeasured: notMeasured.map((it) => ({ ...it, reason: `${it.reason} (${model})` })) };
}
