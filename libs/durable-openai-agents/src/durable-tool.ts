import {
  type Agent,
  type AgentOutputType,
  type AgentTool,
  type AgentToolOptions,
  type InputGuardrail,
  ModelBehaviorError,
  type OutputGuardrail,
  resolveToolInputGuardrails,
  resolveToolOutputGuardrails,
  type Tool,
  type ToolOptions,
  tool,
} from "@openai/agents";
import { TerminalError } from "@restatedev/restate-sdk";
import { z } from "zod";
import { markDurable } from "./durability.ts";
import { notSupported } from "./errors.ts";
import { currentScope, fail, failing, inLane, inScope } from "./scope.ts";
import { noteAgent, requireSupportedOptions } from "./supported.ts";

/**
 * The SDK's `tool()`, for agents that durableRun runs.
 *
 * The tools that a model calls in one turn run at the same time, each in a lane: all of them may await the Restate
 * context, and a replay brings their results back in the same order. Side effects belong into `restateContext().run`.
 * What a tool throws ends the run, where `tool()` shows it to the model. To show some errors all the same, give an
 * `errorFunction`; it gets no TerminalError and no cancellation.
 *
 * @param options what `tool()` takes, without the timeouts
 * @throws TerminalError for `timeoutMs`, which would follow the clock of each replay
 */
export const durableTool = makeDurableTool as typeof tool;

// One of the many forms of the options; what is done here is the same with all.
type Options = Extract<ToolOptions<z.ZodObject>, { strict?: true }>;

function makeDurableTool(options: Options): Tool {
  const { name = options.execute.name, parameters, needsApproval, inputGuardrails, outputGuardrails } = options;
  const { customDataExtractor } = options;
  if (options.timeoutMs !== undefined) {
    throw notSupported(`timeoutMs of the tool ${name}`, "await promises of the context with .orTimeout() in it");
  }
  const durable: Options = {
    ...options,
    name,
    execute: inLane(options.execute),
    ...(typeof needsApproval === "function" && { needsApproval: inLane(needsApproval) }),
    inputGuardrails: resolveToolInputGuardrails(inputGuardrails).map((it) => ({ ...it, run: inLane(it.run) })),
    outputGuardrails: resolveToolOutputGuardrails(outputGuardrails).map((it) => ({ ...it, run: inLane(it.run) })),
    ...(customDataExtractor && { customDataExtractor: inLane(customDataExtractor) as typeof customDataExtractor }),
    errorFunction: inLane(async (context, error, details) => {
      if (!(error instanceof TerminalError)) {
        if (options.errorFunction) return options.errorFunction(context, error, details);
        // Arguments that do not fit are the model's to mend.
        if (error instanceof ModelBehaviorError && !options.outputSchema) return `Error: ${error.message}`;
      }
      return fail(currentScope()?.run, error);
    }),
  };
  return markDurable(tool(durable), parameters instanceof z.ZodType ? { parameters } : {});
}

/**
 * The SDK's `agent.asTool()`, for agents that durableRun runs: the model calls and tools of the agent are steps of the same
 * journal, and what ends its run ends the outer one.
 *
 * @param agent what answers
 * @param options what `agent.asTool()` takes, without streaming and without a model provider of its own
 * @throws TerminalError for options that can't be made durable
 */
export function durableAgentTool<
  TContext,
  TOutput extends AgentOutputType,
  TAgent extends Agent<TContext, TOutput>,
  TParameters extends z.ZodObject = typeof defaultParameters,
>(
  agent: TAgent & Agent<TContext, TOutput>,
  options: AgentToolOptions<TContext, TAgent, TParameters>,
): AgentTool<TContext, TAgent, TParameters> {
  const { onStream, runConfig, runOptions, needsApproval, inputBuilder, customOutputExtractor } = options;
  requireSupportedOptions({ stream: onStream, ...runConfig, ...runOptions });
  if (runConfig?.modelProvider) {
    throw notSupported(`A modelProvider for ${agent.name} as a tool`, "it uses the one that durableRun was given");
  }
  if (runOptions && "session" in runOptions && runOptions.session) {
    throw notSupported(
      `A session for ${agent.name} as a tool`,
      "it would be written before the outer run has ended well",
    );
  }
  const made = agent.asTool({
    ...options,
    ...(typeof needsApproval === "function" && { needsApproval: inLane(needsApproval) }),
    ...(inputBuilder && { inputBuilder: failing(inputBuilder) }),
    ...(customOutputExtractor && { customOutputExtractor: failing(customOutputExtractor as never) }),
    runConfig: { ...runConfig, tracingDisabled: true },
    runOptions: {
      ...runOptions,
      callModelInputFilter: noteAgent(runOptions?.callModelInputFilter ?? runConfig?.callModelInputFilter),
    },
  } as never) as unknown as AgentTool<TContext, TAgent, TParameters>;

  const { invoke } = made;
  made.invoke = inLane((...args: Parameters<typeof invoke>) => {
    const scope = currentScope();
    return scope ? inScope({ ...scope, agent, behindTool: true }, () => invoke(...args)) : invoke(...args);
  });
  made.on = (event) => {
    throw notSupported(`Listening to ${event} of ${agent.name} as a tool`, "it would stream; await the whole answer");
  };
  return markDurable(made, { agent, parameters: options.parameters ?? defaultParameters });
}

/** What `agent.asTool()` asks the model for unless it is told otherwise. */
const defaultParameters = z.object({ input: z.string() });

/**
 * An input guardrail that awaits the Restate context, or anything else: it runs in a lane, beside the model call and other
 * guardrails, and what it throws ends the run.
 *
 * @param guardrail as the SDK takes it
 */
export const durableInputGuardrail = (guardrail: InputGuardrail): InputGuardrail => ({
  ...guardrail,
  execute: failing(inLane(guardrail.execute)),
});

/**
 * An output guardrail that awaits anything; see {@link durableInputGuardrail}.
 *
 * @param guardrail as the SDK takes it
 */
export const durableOutputGuardrail = <TOutput extends AgentOutputType, TContext = unknown>(
  guardrail: OutputGuardrail<TOutput, TContext>,
): OutputGuardrail<TOutput, TContext> => ({ ...guardrail, execute: failing(inLane(guardrail.execute)) });
