import { durableInvoke, durableMiddleware, restateContext } from "@durable-agents/langchain";
import { ChatOpenAI } from "@langchain/openai";
import { createServiceHandler, serde, service } from "@restatedev/restate-sdk";
import { createAgent, tool } from "langchain";
import { z } from "zod";

// What a tool does outside stands in restateContext().run: once its result is in the journal, it is not done again.

const lookUpOrder = tool(({ orderId }) => restateContext().run("look_up_order", () => shop(`/orders/${orderId}`)), {
  name: "look_up_order",
  description: "Says where an order is",
  schema: z.object({ orderId: z.string() }),
});

const refundShipping = tool(
  ({ orderId }) => {
    const ctx = restateContext();
    // A refund that was under way at a crash is sent again; by its key, the shop knows it.
    const headers = { "idempotency-key": ctx.rand.uuidv4() };
    const body = JSON.stringify({ orderId });
    return ctx.run("refund_shipping", () => shop("/refunds", { method: "POST", headers, body }));
  },
  {
    name: "refund_shipping",
    description: "Refunds the shipping of an order",
    schema: z.object({ orderId: z.string() }),
  },
);

const agent = createAgent({
  // Restate retries, so the model's client does not.
  model: new ChatOpenAI({ model: process.env.OPENAI_MODEL || "gpt-4.1-mini", maxRetries: 0 }),
  systemPrompt:
    "You are the support agent of a shop. Look up the orders that customers write about. If one is late, refund its shipping.",
  tools: [lookUpOrder, refundShipping],
  middleware: [durableMiddleware({ name: "Support" })],
});

export const support = service({
  name: "Support",
  handlers: {
    answer: createServiceHandler(
      { input: serde.schema(z.object({ message: z.string() })), output: serde.schema(z.string()) },
      async (ctx, { message }) => {
        // Every model call is a step of the journal, and the tools of a turn run at the same time.
        const { messages } = await durableInvoke(ctx, agent, { messages: [{ role: "user", content: message }] });
        return messages.at(-1)?.text ?? "";
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
