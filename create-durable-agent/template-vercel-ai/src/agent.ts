import { openai } from "@ai-sdk/openai";
import { lane, withLanes } from "@durable-agents/lanes";
import { createServiceHandler, serde, service } from "@restatedev/restate-sdk";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import { durableModel, terminalErrorIn } from "./durable-model.ts";

export const support = service({
  name: "Support",
  handlers: {
    answer: createServiceHandler(
      { input: serde.schema(z.object({ message: z.string() })), output: serde.schema(z.string()) },
      async (ctx, { message }) => {
        // The SDK runs the tools of a turn at the same time; in lanes they may all await the context.
        withLanes(ctx);
        const { text, steps } = await generateText({
          model: durableModel(ctx, "Support", openai(process.env.OPENAI_MODEL || "gpt-4.1-mini")),
          instructions:
            "You are the support agent of a shop. Look up the orders that customers write about. If one is late, refund its shipping.",
          prompt: message,
          tools: {
            // What a tool does outside stands in ctx.run: once its result is in the journal, it is not done again.
            look_up_order: tool({
              description: "Says where an order is",
              inputSchema: z.object({ orderId: z.string() }),
              execute: ({ orderId }) =>
                lane(ctx, async () => ctx.run("look_up_order", () => shop(`/orders/${orderId}`))),
            }),
            refund_shipping: tool({
              description: "Refunds the shipping of an order",
              inputSchema: z.object({ orderId: z.string() }),
              execute: ({ orderId }) =>
                lane(ctx, async () => {
                  // A refund that was under way at a crash is sent again; by its key, the shop knows it.
                  const headers = { "idempotency-key": ctx.rand.uuidv4() };
                  const body = JSON.stringify({ orderId });
                  return ctx.run("refund_shipping", () => shop("/refunds", { method: "POST", headers, body }));
                }),
            }),
          },
          maxRetries: 0, // Restate retries
          stopWhen: [isStepCount(8), ({ steps }) => terminalErrorIn(steps) !== undefined],
        });
        const error = terminalErrorIn(steps);
        if (error) throw error;
        return text;
      },
    ),
  },
});

async function shop(path: string, request?: RequestInit) {
  const response = await fetch(`${process.env.SHOP_URL}${path}`, request);
  // Restate tries again until the shop is back.
  if (!response.ok) throw new Error(`${path}: the shop answers ${response.status}`);
  return response.json() as Promise<{ [field: string]: string }>;
}
