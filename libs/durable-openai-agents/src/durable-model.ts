import { lane } from "@durable-agents/lanes";
import { callModel, InvalidResponseError, MissingKeyError } from "@durable-agents/model-calls";
import {
  type AgentOutputItem,
  ModelBehaviorError,
  type ModelProvider,
  type ModelRequest,
  type ModelResponse,
  OpenAIProvider,
  Usage,
  UserError,
} from "@openai/agents";
import { TerminalError } from "@restatedev/restate-sdk";
import OpenAI, { type ClientOptions } from "openai";
import { checkAnswer } from "./check-answer.ts";
import { notSupported } from "./errors.ts";
import { currentScope, fail, type Scope } from "./scope.ts";

/** What the journal keeps of a response: what the SDK goes on with. The raw response would be as much again. */
interface JournaledResponse {
  output: AgentOutputItem[];
  usage: Omit<Usage, "requestUsageEntries" | "add">;
  responseId?: string;
}

/**
 * Gives the SDK models whose calls are steps of the journal: this is where durability is attached. They ask the models
 * of the run's own provider.
 */
export const durableModels: ModelProvider = {
  getModel: (name) => ({
    getResponse: async (request) => {
      const scope = currentScope();
      if (!scope) throw new Error("This model can only be asked in durableRun()");
      if (scope.run.failure) throw scope.run.failure.error;
      // A lane of its own, since guardrails may run beside it.
      return lane(scope.ctx, () => durableResponse(scope, name, request));
    },
    getStreamedResponse: () => fail(currentScope()?.run, notSupported("Streaming", "await the whole answer")),
  }),
};

async function durableResponse({ ctx, run, agent }: Scope, modelName: string | undefined, request: ModelRequest) {
  const ask = async (signal: AbortSignal): Promise<JournaledResponse> => {
    const model = await run.provider.getModel(modelName);
    // The SDK's signal fires when a tool beside this call fails, which would break off the step.
    const response = await model.getResponse({ ...request, signal }).catch(refine);
    checkAnswer(response, request, agent, run);
    return essentials(response);
  };
  const call = { name: agent.name, ask, ...(run.hints && { hints: run.hints(agent) }) };
  try {
    const { usage, ...response } = await callModel(ctx, call, run.retryPolicy);
    return { ...response, usage: new Usage(usage) };
  } catch (error) {
    return fail(run, error);
  }
}

/** Tells apart what a model did wrong, which may pass, and what the SDK refuses to send, which will not. */
function refine(error: unknown): never {
  if (error instanceof UserError) throw new TerminalError(error.message, { errorCode: 400 });
  if (!(error instanceof ModelBehaviorError)) throw error;
  // The SDK does not say which of the two it was.
  const incomplete = /incomplete|finish_reason='length'/.test(error.message);
  const reason = incomplete ? "it was cut off at the model's length limit, or a content filter refused it. " : "";
  throw new InvalidResponseError(`${reason}${error.message}`);
}

function essentials({ output, usage, responseId }: ModelResponse): JournaledResponse {
  const { requests, inputTokens, outputTokens, totalTokens, inputTokensDetails, outputTokensDetails } = usage;
  return {
    output: output.map(withoutRepetition),
    usage: { requests, inputTokens, outputTokens, totalTokens, inputTokensDetails, outputTokensDetails },
    ...(responseId !== undefined && { responseId }),
  };
}

/** An item's `providerData` says again what the item says: only what is new in it is kept. */
function withoutRepetition<T extends AgentOutputItem>(item: T): T {
  const { providerData, ...fields } = item;
  const isNew = ([key, value]: [string, unknown]) => value !== (fields as Record<string, unknown>)[key];
  const news = Object.fromEntries(Object.entries(providerData ?? {}).filter(isNew));
  return { ...fields, ...(Object.keys(news).length > 0 && { providerData: news }) } as T;
}

/**
 * OpenAI's models, or those of any server that speaks its API, with the client's own retries off: Restate retries.
 *
 * @param options how the models are asked
 * @param options.useResponses whether it is asked over the Responses API (the default) or Chat Completions
 * @param options.client options of the `openai` client; without them, it reads OPENAI_API_KEY and OPENAI_BASE_URL
 */
export function openAIModels({
  useResponses = true,
  client = {},
}: {
  useResponses?: boolean;
  client?: ClientOptions;
} = {}): ModelProvider {
  let provider: OpenAIProvider | undefined;
  return {
    // Made when it is first asked: without a key, a process starts, and a call fails.
    getModel: async (name) => {
      if (!client.apiKey && !process.env.OPENAI_API_KEY) throw new MissingKeyError();
      provider ??= new OpenAIProvider({ openAIClient: new OpenAI({ ...client, maxRetries: 0 }), useResponses });
      return provider.getModel(name);
    },
  };
}
