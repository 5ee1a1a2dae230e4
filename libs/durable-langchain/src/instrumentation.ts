import { isInStep, lane } from "@durable-agents/lanes";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage } from "@langchain/core/messages";
import { RunnableLambda, RunnableRetry, RunnableSequence, RunnableToolLike } from "@langchain/core/runnables";
import { StructuredTool } from "@langchain/core/tools";
import { Annotation, isGraphBubbleUp, StateGraph } from "@langchain/langgraph";
import { Pregel } from "@langchain/langgraph/pregel";
import { durableGenerate } from "./durable-model.ts";
import { currentScope, fail, notSupported, type Scope } from "./scope.ts";
import { requireSupportedGraph } from "./supported.ts";

// The only file that reaches into LangChain. Models, tools and nodes are made by the user, anywhere, and LangChain copies them
// on the way (bindTools, withStructuredOutput); what all of them share is their class. So a few methods of these classes
// behave differently while durableInvoke runs, and as ever outside of it and in the steps of the journal.

type Invoke = (this: unknown, ...args: unknown[]) => Promise<unknown>;
interface Invoking {
  invoke: Invoke;
}

let instrumented = false;

/**
 * Lets chat models, tools and nodes find the run that they are in. Doing it again does nothing.
 *
 * @throws Error if a class is not built as this file expects
 */
export function instrument(): void {
  if (instrumented) return;
  const model = BaseChatModel.prototype;
  // What may be a branch. Pregel runs each node in a sequence with its writers, and chains branch by lambdas.
  const chains = [RunnableSequence, RunnableLambda].map(prototypeOf);
  // What user code stands in: a TerminalError that leaves it ends the run.
  const ending = [functionNodeClass(), StructuredTool, RunnableToolLike].map(prototypeOf);
  const [graph, retry] = [prototypeOf(Pregel), prototypeOf(RunnableRetry)];
  const methods = [model.generate, ...[...chains, ...ending, graph, retry].map(({ invoke }) => invoke)];
  if (!methods.every((method) => typeof method === "function")) {
    throw new Error(
      "@durable-agents/langchain does not know this version of LangChain. It was tested with @langchain/core 1.2.13 and " +
        "@langchain/langgraph 1.4.18; install these.",
    );
  }
  instrumented = true;

  instrumentModels(model);
  for (const prototype of chains) prototype.invoke = inLane(prototype.invoke, raise);
  for (const prototype of ending) {
    prototype.invoke = inLane(prototype.invoke, (error, { run }) => {
      if (isGraphBubbleUp(error)) throw error; // an interrupt, or a command to the graph around
      return fail(run, error);
    });
  }
  graph.invoke = before(graph.invoke, (_, invoked) => requireSupportedGraph(invoked as object));
  retry.invoke = before(retry.invoke, ({ run }) => {
    fail(
      run,
      notSupported("withRetry()", "it follows the clock of each replay; model calls are retried by durableInvoke"),
    );
  });
}

function instrumentModels(model: BaseChatModel): void {
  const { generate, _streamIterator } = model;
  model.generate = async function (this: BaseChatModel, messageLists, options, callbacks) {
    const scope = scopeOutsideOfSteps();
    if (!scope) return generate.call(this, messageLists, options, callbacks);
    const callOptions = Array.isArray(options) ? { stop: options } : { ...options };
    const lists = messageLists as BaseMessage[][];
    const ask = (messages: BaseMessage[], signal: AbortSignal) =>
      generate.call(this, [messages], { ...callOptions, signal }, callbacks);
    return durableGenerate(scope, this as never, ask, lists, callOptions as never);
  };
  model._streamIterator = async function* (this: BaseChatModel, input, options) {
    const scope = scopeOutsideOfSteps();
    if (scope) {
      fail(
        scope.run,
        notSupported("model.stream()", "what comes piece by piece can't be replayed; await model.invoke()"),
      );
    }
    yield* _streamIterator.call(this, input, options);
  };
}

/** Makes each call of a method a lane. */
function inLane(invoke: Invoke, onError: (error: unknown, scope: Scope) => never): Invoke {
  return async function (this: unknown, ...args) {
    const scope = scopeOutsideOfSteps();
    if (!scope) return invoke.apply(this, args);
    try {
      return await lane(scope.ctx, () => invoke.apply(this, args));
    } catch (error) {
      return onError(error, scope);
    }
  };
}

/** Looks before each call of a method. */
function before(invoke: Invoke, look: (scope: Scope, invoked: unknown) => void): Invoke {
  return async function (this: unknown, ...args) {
    const scope = scopeOutsideOfSteps();
    if (scope) look(scope, this);
    return invoke.apply(this, args);
  };
}

function raise(error: unknown): never {
  throw error;
}

const scopeOutsideOfSteps = () => (isInStep() ? undefined : currentScope());

const prototypeOf = (ofClass: { prototype: unknown }) => ofClass.prototype as Invoking;

/** The class that LangGraph makes of functions that are nodes, conditional edges or tasks; it is not exported. */
function functionNodeClass(): { prototype: unknown } {
  const { nodes } = new StateGraph(Annotation.Root({})).addNode("probe", () => ({}));
  return (nodes.probe as { runnable: object }).runnable.constructor as unknown as { prototype: unknown };
}
