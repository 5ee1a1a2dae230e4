import { type Context, RestatePromise, serve, service } from "@restatedev/restate-sdk";

// OUTSIDE: the refund is no step of the journal. UNNAMED: no request of a tool says which order it is for.
const { EFFECTS_BASE_URL, OPENAI_BASE_URL, OUTSIDE, PORT, UNNAMED } = process.env;

async function ask(instructions: string, question: string): Promise<string> {
  const response = await fetch(`${OPENAI_BASE_URL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "mock",
      messages: [
        { role: "system", content: instructions },
        { role: "user", content: question },
      ],
    }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? "";
}

const shop = async (method: string, path: string, body?: object): Promise<{ customer: string }> => {
  const response = await fetch(`${EFFECTS_BASE_URL}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
  return (await response.json()) as { customer: string };
};

const refunds = service({
  name: "Refunds",
  handlers: {
    decide: async (ctx: Context, { order }: { order: string }): Promise<string> => {
      await ctx.run("decide", () => ask("You decide.", order));
      const name = UNNAMED ? "latest" : order;
      const refund = () => shop("POST", "/refunds", { order: name });
      const look = ctx.run("look up", () => shop("GET", `/orders/${name}`));
      const [{ customer }] = OUTSIDE
        ? [await look, await refund()]
        : await RestatePromise.all([look, ctx.run("refund", refund)]);
      return ctx.run("write", () => ask("You write.", `${customer}, your order ${order} is refunded`));
    },
  },
});

await serve({ services: [refunds], port: Number(PORT) });
