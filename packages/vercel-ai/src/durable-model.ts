import { createOpenAI } from "@ai-sdk/openai";
import {
  attempt,
  checkText,
  checkToolCalls,
  type ModelFault,
  parseAnswer,
  retryDelay,
} from "@durable-agents/model-calls";
import type { Context } from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { type LanguageModelMiddleware as Middleware, wrapLanguageModel } from "ai";
import { z } from "zod";
import type { AgentProfile } from "#shared/agents/agent";
import { agentCall, retryPolicy } from "#shared/model-calls";
import { modelName, modelServer } from "#shared/models";

type ModelResult = Awaited<ReturnType<NonNullable<Middleware["wrapGenerate"]>>>;
type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];
type Tool = NonNullable<Parameters<NonNullable<Middleware["wrapGenerate"]>>[0]["params"]["tools"]>[number];

// #region attach
/**
 * The model of an agent, with every call a step of the journal. This is the only place where durability is attached.
 *
 * @param answer the schema of a structured answer. The SDK parses it after the step, when it is too late for a
 *   retry; so an invalid response is found here, before it gets into the journal
 */
export function durableModel(ctx: Context, agent: AgentProfile, answer?: z.ZodType) {
  const model = wrapLanguageModel({
    model: createOpenAI(modelServer())(modelName(agent.tier)),
    providerId: agent.name, // the middleware names the step after it
    middleware: answerOrFault(ctx, agent, answer),
  });
  return wrapLanguageModel({ model, middleware: [retryFaults(ctx), durableCalls(ctx)] });
}

/** Inside the step: makes one attempt, and returns a fault as a result, so that it is journaled. */
const answerOrFault = (ctx: Context, agent: AgentProfile, answer?: z.ZodType): Middleware => ({
  specificationVersion: "v4",
  wrapGenerate: async ({ model, params }) => {
    // Nothing is stored at the provider: the journal has it.
    const providerOptions = { ...params.providerOptions, openai: { store: false } };
    const call = agentCall(agent, async (abortSignal) => {
      const result = await model.doGenerate({ ...params, providerOptions, abortSignal });
      checkAnswer(result, params.tools ?? [], answer);
      return result;
    });
    const outcome = await attempt(ctx, call, retryPolicy);
    return "answer" in outcome ? essentials(outcome.answer) : faultResult(outcome.fault);
  },
});

/** Outside the step: retries after a fault, as long as that may help. */
const retryFaults = (ctx: Context): Middleware => ({
  specificationVersion: "v4",
  wrapGenerate: async ({ doGenerate }) => {
    for (let attempts = 1; ; attempts++) {
      const result = await doGenerate();
      const fault = result.providerMetadata?.durableModel?.fault as ModelFault | undefined;
      if (!fault) return result;
      await ctx.sleep(retryDelay(fault, attempts, retryPolicy));
    }
  },
});
// #endregion attach

/** @throws InvalidResponseError if the SDK could not use the answer */
function checkAnswer({ content, finishReason }: ModelResult, tools: Tool[], answer?: z.ZodType) {
  const calls = content.filter((part) => part.type === "tool-call");
  checkToolCalls(
    calls.map(({ toolName }) => toolName),
    tools.map(({ name }) => name),
  );
  for (const { toolName, input } of calls) {
    const tool = tools.find(({ name }) => name === toolName);
    if (tool?.type === "function") parseAnswer(z.fromJSONSchema(tool.inputSchema as JsonSchema), input);
  }
  if (calls.length > 0) return;

  const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  checkText(text, finishReason.unified);
  if (answer) parseAnswer(answer, text);
}

/** What the SDK needs of an answer. The raw request and response would double the journal. */
const essentials = ({ content, finishReason, usage, warnings, response }: ModelResult): ModelResult => ({
  content,
  finishReason,
  usage,
  warnings,
  response: { id: response?.id, modelId: response?.modelId, timestamp: response?.timestamp },
});

const faultResult = (fault: ModelFault): ModelResult => ({
  content: [],
  finishReason: { unified: "error", raw: undefined },
  usage: {
    inputTokens: { total: 0, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 0, text: undefined, reasoning: undefined },
  },
  warnings: [],
  providerMetadata: { durableModel: { fault: { ...fault } } },
});
