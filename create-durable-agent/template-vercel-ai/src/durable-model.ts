import { callModel, checkText } from "@durable-agents/model-calls";
import { type Context, TerminalError } from "@restatedev/restate-sdk";
import { type StepResult, type ToolSet, wrapLanguageModel } from "ai";

type Model = Parameters<typeof wrapLanguageModel>[0]["model"];

/**
 * A model with every call a step of the journal, which is the only place where durability is attached to the SDK.
 *
 * @param ctx the context of the handler
 * @param name who asks: the name of the step, and in errors
 */
export const durableModel = (ctx: Context, name: string, model: Model) =>
  wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: "v4",
      wrapGenerate: ({ model, params }) =>
        callModel(ctx, {
          name,
          ask: async (abortSignal) => {
            const { content, finishReason, usage, warnings } = await model.doGenerate({ ...params, abortSignal });
            const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
            // Refused, cut off or empty: the model is asked again.
            if (!content.some(({ type }) => type === "tool-call")) checkText(text, finishReason.unified);
            // The raw request and response would double the journal.
            return { content, finishReason, usage, warnings };
          },
        }),
    },
  });

/** What ends a run: a TerminalError of a tool, such as a cancellation, which the SDK would show to the model. */
export const terminalErrorIn = <TOOLS extends ToolSet>(steps: StepResult<TOOLS>[]) =>
  steps
    .flatMap(({ content }) => content)
    .map((part) => (part.type === "tool-error" ? part.error : undefined))
    .find((error) => error instanceof TerminalError);
