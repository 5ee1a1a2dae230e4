import { durableRun, durableTool, restateContext } from "@durable-agents/openai-agents";
import { Agent } from "@openai/agents";
import { createServiceHandler, serde, service } from "@restatedev/restate-sdk";
import { z } from "zod";

// What a tool does outside stands in restateContext().run: once its result is in the journal, it is not done again.

const lookUpOrder = durableTool({
  name: "look_up_order",
  description: "Says where an order is",
  parameters: z.object({ orderId: z.string() }),
  execute: ({ orderId }) => restateContext().run("look_up_order", () => shop(`/orders/${orderId}`)),
});

const refundShipping = durableTool({
  name: "refund_shipping",
  description: "Refunds the shipping of an order",
  parameters: z.object({ orderId: z.string() }),
  execute: ({ orderId }) => {
    const ctx = restateContext();
    // A refund that was under way at a crash is sent again; by its key, the shop knows it.
    const headers = { "idempotency-key": ctx.rand.uuidv4() };
    const body = JSON.stringify({ orderId });
    return ctx.run("refund_shipping", () => shop("/refunds", { method: "POST", headers, body }));
  },
});

const agent = new Agent({
  name: "Support",
  instructions:
    "You are the support agent of a shop. Look up the orders that customers write about. If one is late, refund its shipping.",
  model: process.env.OPENAI_MODEL || "gpt-4.1-mini",
  tools: [lookUpOrder, refundShipping],
});

export const support = service({
  name: "Support",
  handlers: {
    answer: createServiceHandler(
      { input: serde.schema(z.object({ message: z.string() })), output: serde.schema(z.string()) },
      async (ctx, { message }) => {
        // Every model call is a step of the journal, and the tools of a turn run at the same time.
        const { finalOutput } = await durableRun(ctx, agent, message, { maxTurns: 8 });
        return finalOutput ?? "";
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
