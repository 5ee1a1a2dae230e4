import { isInStep, lane, withLanes } from "@durable-agents/lanes";
import { defaultRetryPolicy, type Hints, type RetryPolicy } from "@durable-agents/model-calls";
import { OutputParserException } from "@langchain/core/output_parsers";
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  BaseLangGraphError,
  Command,
  INTERRUPT,
  type Interrupt,
  isInterrupted,
  MemorySaver,
} from "@langchain/langgraph";
import { type Context, RestatePromise, TerminalError } from "@restatedev/restate-sdk";
import type { ModelAnswer } from "./check-answer.ts";
import { instrument } from "./instrumentation.ts";
import { inScope, notSupported, type Run, terminalErrorIn } from "./scope.ts";
import { requireSupportedGraph, requireSupportedOptions } from "./supported.ts";

/** A compiled graph, an agent, an entrypoint of the functional API, or a chain. */
export interface Invocable<Input, Output> {
  /** Runs it, as every runnable of LangChain's does. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind of runnable has config types of its own; they are passed on unseen.
  invoke(input: Input, config?: any): Promise<Output>;
}

/** What {@link durableInvoke} takes besides context, graph and input; the rest is the config of LangChain's `invoke`. */
export interface DurableInvokeOptions
  extends Pick<RunnableConfig, "configurable" | "metadata" | "recursionLimit" | "tags"> {
  /** The graph's runtime context. */
  context?: unknown;
  /** How often a model call is attempted and how long each attempt may take; see `@durable-agents/model-calls`. */
  retryPolicy?: Partial<RetryPolicy>;
  /** What errors of a model call tell the reader to do, by the HTTP status that the model's server gave. */
  hints?: (call: { name: string; model?: string }) => Hints;
  /**
   * Judges an answer before it gets into the journal; after an `InvalidResponseError` the call is retried. Refusals, answers
   * that were cut off, and what does not fit the schema or a tool's parameters have been found by then.
   */
  checkAnswer?: (answer: ModelAnswer) => void;
  /**
   * Passes on that the graph waits, where a node calls `interrupt(value)`. What the awakeable is resolved with, at once or
   * in days, is what `interrupt` returns.
   */
  onInterrupt?: (interrupt: { value: unknown; awakeableId: string }) => unknown;
}

/**
 * Invokes a graph as `graph.invoke(input)` does, with every model call in it a step of the invocation's journal: after a crash,
 * it resumes at the first call that was not answered. Branches, tasks and tools run in parallel, and come back in the
 * same order at every replay.
 *
 * @param ctx the handler's context. Awaits in nodes and tools may overlap from here on, see `@durable-agents/lanes`
 * @param graph a compiled graph, an agent of createAgent, an entrypoint, or a chain; without a checkpointer
 * @param input what `graph.invoke` takes
 * @param options how model calls are retried and checked, what is done about interrupts, and the config of `graph.invoke`
 * @returns what the graph returns
 * @throws TerminalError with the name of what asked, if a model gave no valid response, or a node or tool threw one; also
 *   if something asked for can't be made durable
 */
export async function durableInvoke<Input, Output>(
  ctx: Context,
  graph: Invocable<Input, Output>,
  input: Input,
  options: DurableInvokeOptions = {},
): Promise<Output> {
  const { retryPolicy, hints, checkAnswer, onInterrupt, ...config } = options;
  if (isInStep()) throw notSupported("durableInvoke in a closure of ctx.run", "a step has no steps; call it outside");
  requireSupportedOptions(options);
  requireSupportedGraph(graph);
  instrument();

  const run: Run = { retryPolicy: { ...defaultRetryPolicy, ...retryPolicy }, hints, checkAnswer };
  withLanes(ctx);
  return lane(ctx, () =>
    inScope({ ctx, run }, async () => {
      try {
        const output = await invokeUntilDone(ctx, graph, input, config, onInterrupt);
        // A tool failed, and the model was told so, which had no further turn.
        if (run.failure) throw run.failure;
        return output;
      } catch (error) {
        throw run.failure ?? errorOfGraph(error);
      }
    }),
  );
}

async function invokeUntilDone<Input, Output>(
  ctx: Context,
  graph: Invocable<Input, Output>,
  input: Input,
  config: RunnableConfig,
  onInterrupt: DurableInvokeOptions["onInterrupt"],
): Promise<Output> {
  if (!onInterrupt) {
    const output = await graph.invoke(input, config);
    if (!isInterrupted(output)) return output;
    throw unheardInterrupt();
  }
  // What LangGraph needs to go on after an interrupt; a replay fills it anew.
  const __pregel_checkpointer = new MemorySaver();
  const resumable = {
    ...config,
    configurable: { ...config.configurable, thread_id: ctx.request().id.toString(), __pregel_checkpointer },
  };
  let output = await graph.invoke(input, resumable);
  while (isInterrupted(output)) {
    const answers = await answersTo(ctx, output[INTERRUPT], onInterrupt);
    output = await graph.invoke(new Command({ resume: answers }) as Input, resumable);
  }
  return output;
}

/** Waits for an awakeable for each interrupt; answers are given by the interrupt's id. */
async function answersTo(
  ctx: Context,
  interrupts: Interrupt[],
  onInterrupt: NonNullable<DurableInvokeOptions["onInterrupt"]>,
): Promise<Record<string, unknown>> {
  const waiting = interrupts.map(({ id = "", value }) => ({ id, value, awakeable: ctx.awakeable<unknown>() }));
  for (const { value, awakeable } of waiting) await onInterrupt({ value, awakeableId: awakeable.id });
  const answers = await RestatePromise.all(waiting.map(({ awakeable }) => awakeable.promise));
  return Object.fromEntries(waiting.map(({ id }, index) => [id, answers[index]]));
}

/** What LangGraph decides (too many steps, a mistake in the graph) would come again with every retry, so it is terminal. */
function errorOfGraph(error: unknown): unknown {
  const terminal = terminalErrorIn(error);
  if (terminal) return terminal;
  // The answer is in the journal, and will not be parsed the next time either.
  if (error instanceof OutputParserException) return new TerminalError(error.message, { errorCode: 502 });
  if (!(error instanceof BaseLangGraphError)) return error;
  if (error.lc_error_code === "MISSING_CHECKPOINTER") return unheardInterrupt();
  return new TerminalError(`${error.message} (${error.name})`);
}

const unheardInterrupt = () =>
  new TerminalError(
    "The graph calls interrupt(): give durableInvoke the option onInterrupt, which passes the question on",
  );
