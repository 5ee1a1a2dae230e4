import { isInStep, lane, withLanes } from "@durable-agents/lanes";
import { defaultRetryPolicy, type Hints, type RetryPolicy } from "@durable-agents/model-calls";
import {
  type AgentInputItem,
  type NonStreamRunOptions,
  type RunConfig,
  Runner,
  type RunResult,
  RunState,
} from "@openai/agents";
import type { Context } from "@restatedev/restate-sdk";
import type { ModelAnswer } from "./check-answer.ts";
import { durableModels, openAIModels } from "./durable-model.ts";
import { errorOfRun, notSupported } from "./errors.ts";
import { instrument } from "./instrumentation.ts";
import { RestateSession } from "./restate-session.ts";
import { type AnyAgent, inLane, inScope, type Run, type Scope } from "./scope.ts";
import { noteAgent, requireSupportedAgent, requireSupportedOptions } from "./supported.ts";

/** Options of the SDK's Runner that work in durableRun as they do there. */
type RunnerOptions = Pick<
  RunConfig,
  | "model"
  | "modelSettings"
  | "handoffInputFilter"
  | "inputGuardrails"
  | "outputGuardrails"
  | "toolExecution"
  | "toolNotFoundBehavior"
  | "toolNameCollisionPolicy"
  | "toolErrorFormatter"
  | "sessionInputCallback"
  | "callModelInputFilter"
  | "outputGuardrailBlockedMessage"
  | "reasoningItemIdPolicy"
>;

/**
 * What {@link durableRun} takes besides context, agent and input. The options that it shares with the SDK's Runner and `run()`
 * mean here what they mean there: `context`, `maxTurns`, `modelSettings`, guardrails, filters and error handlers.
 */
export interface DurableRunOptions<TContext = undefined, TAgent extends AnyAgent = AnyAgent>
  extends Partial<RunnerOptions>,
    Pick<NonStreamRunOptions<TContext, TAgent>, "context" | "maxTurns" | "errorHandlers"> {
  /** The conversation to go on with. */
  session?: RestateSession;
  /** Makes the models; `openAIModels()` unless set. Its clients must not retry by themselves. */
  modelProvider?: RunConfig["modelProvider"];
  /** How often a model call is attempted and how long each attempt may take; see `@durable-agents/model-calls`. */
  retryPolicy?: Partial<RetryPolicy>;
  /** What errors of an agent's calls tell the reader to do, by the HTTP status that the model's server gave. */
  hints?: (agent: AnyAgent) => Hints;
  /**
   * Judges an answer before it gets into the journal; after an `InvalidResponseError` the call is retried. Refusals,
   * answers that were cut off, and what does not fit the output type or a tool's parameters have been found by then.
   */
  checkAnswer?: (answer: ModelAnswer) => void;
}

/** The provider of runs that are given none; it keeps the connections. */
const defaultProvider = openAIModels();

/**
 * Runs an agent as the SDK's `run()` does, with every model call a step of the invocation's journal: after a crash, it
 * resumes at the first call that was not answered.
 *
 * @param ctx the handler's context. Awaits in tools and guardrails may overlap from here on, see `@durable-agents/lanes`
 * @param agent where to start; its tools are made by durableTool and durableAgentTool
 * @param input a text, items, or the state of a run that waited for approvals
 * @param options the conversation, how model calls are retried and judged, and options of the SDK's Runner
 * @returns the SDK's result: `finalOutput`, `lastAgent`, `interruptions`, `state.usage` and the rest
 * @throws TerminalError with the agent's name, if the model gave no valid response, a tool or a guardrail threw one, or
 *   there were too many turns; also if something asked for can't be made durable
 */
export async function durableRun<TAgent extends AnyAgent, TContext = undefined>(
  ctx: Context,
  agent: TAgent,
  input: string | AgentInputItem[] | RunState<TContext, TAgent>,
  options: DurableRunOptions<TContext, TAgent> = {},
): Promise<RunResult<TContext, TAgent>> {
  const { context, maxTurns, errorHandlers, session, modelProvider, retryPolicy, hints, checkAnswer, ...config } =
    options;
  if (isInStep()) throw notSupported("durableRun in a closure of ctx.run", "a step has no steps; call it outside");
  requireSupportedOptions(options);
  requireSupportedSession(session);
  requireSupportedAgent(agent);

  const run: Run = {
    provider: modelProvider ?? defaultProvider,
    retryPolicy: { ...defaultRetryPolicy, ...retryPolicy },
    hints,
    checkAnswer,
    toolMayBeUnknown: config.toolNotFoundBehavior === "return_error_to_model",
  };
  const scope: Scope = { ctx, run, agent: input instanceof RunState ? input.currentAgent : agent };
  const { toolErrorFormatter } = config;
  const runner = new Runner({
    ...config,
    ...(toolErrorFormatter && { toolErrorFormatter: inLane(toolErrorFormatter) }),
    modelProvider: durableModels,
    callModelInputFilter: noteAgent(config.callModelInputFilter),
    tracingDisabled: true,
  });

  instrument();
  withLanes(ctx);
  return lane(ctx, () =>
    inScope(scope, async () => {
      const result = await runner
        .run(agent, input, {
          ...(context !== undefined && { context }),
          ...(maxTurns !== undefined && { maxTurns }),
          ...(errorHandlers && { errorHandlers }),
          ...(session && { session }),
        })
        .catch((error) => {
          session?.discard();
          throw run.failure ? run.failure.error : errorOfRun(error, scope.agent);
        });
      if (run.failure) {
        // An agent behind a tool failed, and the SDK told the model so, which had no further turn.
        session?.discard();
        throw run.failure.error;
      }
      session?.save();
      return result;
    }),
  );
}

function requireSupportedSession(session: unknown): void {
  if (session === undefined || session instanceof RestateSession) return;
  throw notSupported(
    "A session that is no RestateSession",
    "a replay would add to it again; use new RestateSession(ctx)",
  );
}
