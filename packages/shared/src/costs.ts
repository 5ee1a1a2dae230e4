import type { AgentProfile } from "./agents/agent.ts";
import type { Usage } from "./contracts/specialist-team.ts";
import { modelName } from "./models.ts";

/** US dollars for a million tokens, from https://platform.openai.com/docs/pricing. */
export const priceTable: { asOf: string; usdPerMillionTokens: Record<string, { input: number; output: number }> } = {
  asOf: "2025-08-31",
  usdPerMillionTokens: {
    "gpt-4.1": { input: 2, output: 8 },
    "gpt-4.1-mini": { input: 0.4, output: 1.6 },
    "gpt-4.1-nano": { input: 0.1, output: 0.4 },
    "gpt-4o": { input: 2.5, output: 10 },
    "gpt-4o-mini": { input: 0.15, output: 0.6 },
    "gpt-5": { input: 1.25, output: 10 },
    "gpt-5-mini": { input: 0.25, output: 2 },
    "gpt-5-nano": { input: 0.05, output: 0.4 },
  },
};

/**
 * What model calls cost by the price table's list prices: an estimate, without cached-token discounts.
 *
 * @param usage the tokens of each tier; the model of a tier is the one of {@link modelName}
 * @returns US dollars, or null when the table does not know one of the models
 */
export function estimateCostUsd(usage: Record<AgentProfile["tier"], Usage>): number | null {
  let total = 0;
  for (const tier of ["planner", "worker"] as const) {
    const price = priceTable.usdPerMillionTokens[modelName(tier)];
    if (!price) return null;
    total += (usage[tier].inputTokens * price.input + usage[tier].outputTokens * price.output) / 1_000_000;
  }
  return total;
}

/** Adds up calls and tokens. */
export function totalUsage(usages: Usage[]): Usage {
  return usages.reduce(
    (sum, { calls, inputTokens, outputTokens }) => ({
      calls: sum.calls + calls,
      inputTokens: sum.inputTokens + inputTokens,
      outputTokens: sum.outputTokens + outputTokens,
    }),
    { calls: 0, inputTokens: 0, outputTokens: 0 },
  );
}
