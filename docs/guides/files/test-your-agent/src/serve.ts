import { serve, service } from "@restatedev/restate-sdk";
import OpenAI from "openai";

/** Asks the model. Restate retries, so the client does not. */
async function ask(instructions: string, question: string): Promise<string> {
  const model = new OpenAI({ maxRetries: 0 });
  const { output_text } = await model.responses.create({ model: "gpt-4.1-mini", instructions, input: question });
  return output_text;
}

/** A tool with an effect: it orders a picture, which has to be paid. */
async function orderPicture(draft: string): Promise<string> {
  const response = await fetch(`${process.env.PICTURES_URL}/orders`, { method: "POST", body: draft });
  if (!response.ok) throw new Error(`The picture service answers ${response.status}`);
  return response.text();
}

const story = service({
  name: "Story",
  handlers: {
    write: async (ctx, { topic }: { topic: string }) => {
      const draft = await ctx.run("draft", () => ask("You write a story.", topic));
      const picture = await ctx.run("order a picture", () => orderPicture(draft));
      return ctx.run("edit", () => ask("You edit a story.", `${draft} The picture: ${picture}`));
    },
  },
});

await serve({ services: [story] });
