import { lane } from "@durable-agents/lanes";
import { callModel, type Hints, InvalidResponseError } from "@durable-agents/model-calls";
import { type BaseMessage, mapStoredMessageToChatMessage, type StoredMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import { type AnswerOptions, checkAnswer } from "./check-answer.ts";
import { fail, notSupported, type Scope } from "./scope.ts";
import { storedMessage } from "./stored-messages.ts";

/** What a model call brings along, as far as it is looked at here. */
type CallOptions = AnswerOptions & { runName?: string; metadata?: Record<string, unknown> };

/** A model that was bound to some options, as far as it is looked at here. */
interface CallingModel {
  getName(): string;
  /** The name that the provider has for it. */
  model?: string;
  metadata?: Record<string, unknown>;
  defaultOptions?: CallOptions;
  caller?: { maxRetries?: number };
}

/**
 * Asks a chat model as steps of the journal, one for each list of messages: this is where durability is attached.
 *
 * @param generate asks the model, outside of the journal
 */
export async function durableGenerate(
  scope: Scope,
  model: CallingModel,
  generate: (messages: BaseMessage[], signal: AbortSignal) => Promise<LLMResult>,
  messageLists: BaseMessage[][],
  callOptions: CallOptions,
): Promise<LLMResult> {
  if (scope.run.failure) throw scope.run.failure;
  const retries = model.caller?.maxRetries ?? 0;
  if (retries > 0) {
    const instead = "durableInvoke retries (option retryPolicy); make it with maxRetries: 0";
    return fail(
      scope.run,
      notSupported(`A model that retries ${retries} times by itself, ${model.getName()},`, instead),
    );
  }
  const options = { ...model.defaultOptions, ...callOptions };
  const name = String(
    scope.name ?? options.runName ?? model.metadata?.name ?? options.metadata?.langgraph_node ?? model.getName(),
  );
  const hints = scope.run.hints?.({ name, ...(model.model !== undefined && { model: model.model }) });
  const answers = await Promise.all(
    // Lanes of their own, since branches of the graph may run beside them.
    messageLists.map((messages) =>
      lane(scope.ctx, () => durableAnswer(scope, name, hints, options, (signal) => generate(messages, signal))),
    ),
  );
  return { generations: answers.map((message) => [{ text: message.text, message }]), llmOutput: {} };
}

async function durableAnswer(
  scope: Scope,
  name: string,
  hints: Hints | undefined,
  options: CallOptions,
  generate: (signal: AbortSignal) => Promise<LLMResult>,
): Promise<BaseMessage> {
  const { ctx, run } = scope;
  const ask = async (signal: AbortSignal): Promise<StoredMessage> => {
    const { generations } = await generate(signal).catch(refine);
    const [[generation]] = generations as unknown as [[{ message: BaseMessage }]];
    const { message } = generation;
    const answer = checkAnswer(name, message, options);
    run.checkAnswer?.(answer);
    return storedMessage(message);
  };
  const call = { name, ask, ...(hints && { hints }) };
  // A node may catch what this throws; once it leaves the node, or a tool, it ends the run.
  return mapStoredMessageToChatMessage(await callModel(ctx, call, run.retryPolicy));
}

/** Errors of the `openai` client that stand for an invalid response: it parses structured ones by itself. */
const invalidResponses: Record<string, string> = {
  LengthFinishReasonError: "it was cut off at the model's length limit",
  ContentFilterFinishReasonError: "it is a refusal of the content filter",
  SyntaxError: "it is not JSON",
};

function refine(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const problem = "issues" in error ? "it does not fit the schema" : invalidResponses[error.constructor.name];
  throw problem === undefined ? error : new InvalidResponseError(`${problem}: ${error.message}`);
}
