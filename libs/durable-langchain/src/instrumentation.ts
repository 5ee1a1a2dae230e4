import { lane } from "@durable-agents/lanes";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage } from "@langchain/core/messages";
import { StructuredTool } from "@langchain/core/tools";
import { Annotation, isGraphBubbleUp, StateGraph } from "@langchain/langgraph";
import { durableGenerate } from "./durable-model.ts";
import { currentScope, fail, type Scope } from "./scope.ts";

// The only file that reaches into LangChain. Models, tools and nodes are made by the user, anywhere, and LangChain copies them
// on the way (bindTools, withStructuredOutput); what all of them share is their class. So three methods of three classes
// behave differently while durableInvoke runs, and as ever outside of it.

type Invoke = (this: unknown, ...args: unknown[]) => Promise<unknown>;

let instrumented = false;

/**
 * Lets chat models, tools and nodes find the run that they are in. Doing it again does nothing.
 *
 * @throws Error if a class is not built as this file expects
 */
export function instrument(): void {
  if (instrumented) return;
  const { prototype: model } = BaseChatModel;
  const { prototype: tool } = StructuredTool;
  const node = nodeClass().prototype as { invoke: Invoke };
  if (![model.generate, tool.invoke, node.invoke].every((method) => typeof method === "function")) {
    throw new Error(
      "@durable-agents/langchain does not know this version of LangChain. It was tested with @langchain/core 1.2.13 and " +
        "@langchain/langgraph 1.4.18; install these.",
    );
  }
  instrumented = true;

  const { generate } = model;
  model.generate = async function (this: BaseChatModel, messageLists, options, callbacks) {
    const scope = scopeOutsideOfSteps();
    if (!scope) return generate.call(this, messageLists, options, callbacks);
    const callOptions = Array.isArray(options) ? { stop: options } : { ...options };
    const lists = messageLists as BaseMessage[][];
    const ask = (messages: BaseMessage[], signal: AbortSignal) =>
      generate.call(this, [messages], { ...callOptions, signal }, callbacks);
    return durableGenerate(scope, this as never, ask, lists, callOptions as never);
  };

  tool.invoke = inLane(tool.invoke as Invoke) as typeof tool.invoke;
  node.invoke = inLane(node.invoke, (invoked) => (invoked as object).constructor === node.constructor);
}

/** Makes each call of a method a lane; a TerminalError that it throws ends the run, whoever else gets to see it. */
function inLane(invoke: Invoke, applies: (invoked: unknown) => boolean = () => true): Invoke {
  return async function (this: unknown, ...args) {
    const scope = scopeOutsideOfSteps();
    if (!scope || !applies(this)) return invoke.apply(this, args);
    try {
      return await lane(scope.ctx, () => invoke.apply(this, args));
    } catch (error) {
      if (isGraphBubbleUp(error)) throw error; // an interrupt, or a command to the graph around
      return fail(scope.run, error);
    }
  };
}

function scopeOutsideOfSteps(): Scope | undefined {
  const scope = currentScope();
  return scope?.inStep ? undefined : scope;
}

/** The class that LangGraph makes of functions that are nodes, conditional edges or tasks; it is not exported. */
function nodeClass(): { prototype: object } {
  const { nodes } = new StateGraph(Annotation.Root({})).addNode("probe", () => ({}));
  return (nodes.probe as { runnable: object }).runnable.constructor as unknown as { prototype: object };
}
