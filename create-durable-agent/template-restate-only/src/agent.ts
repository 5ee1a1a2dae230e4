import { callModel, checkText, InvalidResponseError, parseAnswer } from "@durable-agents/model-calls";
import {
  type Context,
  createServiceHandler,
  RestatePromise,
  serde,
  service,
  TerminalError,
} from "@restatedev/restate-sdk";
import OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources";
import { z } from "zod";

const instructions =
  "You are the support agent of a shop. Look up the orders that customers write about. If one is late, refund its shipping.";

const Input = z.object({ orderId: z.string() });

/** What a tool does outside stands in ctx.run: once its result is in the journal, it is not done again. */
const tools = {
  look_up_order: {
    description: "Says where an order is",
    execute: (ctx: Context, orderId: string) => ctx.run("look_up_order", () => shop(`/orders/${orderId}`)),
  },
  refund_shipping: {
    description: "Refunds the shipping of an order",
    execute: (ctx: Context, orderId: string) => {
      // A refund that was under way at a crash is sent again; by its key, the shop knows it.
      const headers = { "idempotency-key": ctx.rand.uuidv4() };
      const body = JSON.stringify({ orderId });
      return ctx.run("refund_shipping", () => shop("/refunds", { method: "POST", headers, body }));
    },
  },
};

export const support = service({
  name: "Support",
  handlers: {
    answer: createServiceHandler(
      { input: serde.schema(z.object({ message: z.string() })), output: serde.schema(z.string()) },
      async (ctx, { message }) => {
        const messages: ChatCompletionMessageParam[] = [
          { role: "system", content: instructions },
          { role: "user", content: message },
        ];
        for (let turn = 1; turn <= 8; turn++) {
          // A step of the journal: what the model has answered is not asked again after a crash.
          const answer = await callModel(ctx, { name: "Support", ask: (signal) => ask(messages, signal) });
          if (answer.calls.length === 0) return answer.text;

          const results = await RestatePromise.all(
            answer.calls.map(({ name, orderId }) => tools[name].execute(ctx, orderId)),
          );
          messages.push(
            answer.message,
            ...answer.calls.map(({ id }, index) => ({
              role: "tool" as const,
              tool_call_id: id,
              content: JSON.stringify(results[index]),
            })),
          );
        }
        throw new TerminalError("Support: no answer after 8 turns");
      },
    ),
  },
});

/** Asks the model once. Restate retries, so the client does not; an answer that does not fit is a reason to retry, too. */
async function ask(messages: ChatCompletionMessageParam[], signal: AbortSignal) {
  const { choices } = await new OpenAI({ maxRetries: 0 }).chat.completions.create(
    {
      model: process.env.OPENAI_MODEL || "gpt-4.1-mini",
      messages,
      tools: Object.entries(tools).map(([name, { description }]) => ({
        type: "function",
        function: { name, description, parameters: z.toJSONSchema(Input) },
      })),
    },
    { signal },
  );
  const [choice] = choices;
  if (!choice) throw new InvalidResponseError("it is empty");
  const calls = (choice.message.tool_calls ?? [])
    .filter((call) => call.type === "function")
    .map(({ id, function: { name, arguments: input } }) => {
      if (!(name in tools)) throw new InvalidResponseError(`it calls the tool ${name}, which there is not`);
      return { id, name: name as keyof typeof tools, ...parseAnswer(Input, input) };
    });
  const { content, tool_calls } = choice.message;
  const text = calls.length > 0 ? "" : checkText(content ?? "", choice.finish_reason);
  return { text, calls, message: { role: "assistant" as const, content, ...(tool_calls && { tool_calls }) } };
}

async function shop(path: string, request?: RequestInit) {
  const response = await fetch(`${process.env.SHOP_URL}${path}`, request);
  // Restate tries again until the shop is back.
  if (!response.ok) throw new Error(`${path}: the shop answers ${response.status}`);
  return response.json() as Promise<{ [field: string]: string }>;
}
