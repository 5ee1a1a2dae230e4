import {
  defaultRetryPolicy,
  type Hints,
  MissingKeyError,
  type ModelCall,
  type RetryPolicy,
} from "@durable-agents/model-calls";
import type { AgentProfile } from "./agents/agent.ts";
import { modelName, modelServer } from "./models.ts";

/** Timers that are longer end at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * How often a model call is attempted, and how long each attempt may take: ANSWER_TIMEOUT_SECONDS in the environment, for
 * reasoning models that need more, or half a minute. It is read once, when the process starts.
 */
export const retryPolicy: RetryPolicy = {
  ...defaultRetryPolicy,
  answerTimeout: answerTimeout(process.env.ANSWER_TIMEOUT_SECONDS),
};

/**
 * A model call on behalf of an agent, for `callModel` and its siblings: journaled and reported under the agent's name.
 *
 * @param ask makes one attempt with the SDK's own retries off, and gives up when the signal says so
 */
export const agentCall = <T>(agent: AgentProfile, ask: ModelCall<T>["ask"]): ModelCall<T> => ({
  name: agent.name,
  hints: hintsFor(agent),
  ask: async (signal) => {
    requireKey();
    return ask(signal);
  },
});

/** What to do about a status that no retry can cure, with the model and the variables that this agent's calls depend on. */
export const hintsFor = ({ tier }: Pick<AgentProfile, "tier">): Hints => ({
  401: "Set OPENAI_API_KEY to a valid key. `npm run dev` needs none: it brings a mock model.",
  403: `Check that the key in OPENAI_API_KEY may use the model ${modelName(tier)}.`,
  404:
    `Set ${tier === "planner" ? "OPENAI_PLANNER_MODEL" : "OPENAI_MODEL"} to a model that the server has ` +
    `(it is ${modelName(tier)} now), and check OPENAI_BASE_URL.`,
});

/** @throws MissingKeyError if OPENAI_API_KEY is not set: a client without a key would say it in its own words, or not at all */
export function requireKey(): void {
  if (modelServer().apiKey === "") throw new MissingKeyError();
}

function answerTimeout(value = ""): number {
  if (value.trim() === "") return defaultRetryPolicy.answerTimeout;
  const milliseconds = Number(value) * 1_000;
  if (milliseconds > 0 && milliseconds <= MAX_TIMEOUT) return milliseconds;
  throw new Error(`ANSWER_TIMEOUT_SECONDS is ${JSON.stringify(value)}; it takes a number above 0, or nothing`);
}
