import { serve, service } from "@restatedev/restate-sdk";
import OpenAI from "openai";

const ask = async (instructions: string, question: string) => {
  // Restate retries, so the client does not.
  const model = new OpenAI({ maxRetries: 0 });
  const { output_text } = await model.responses.create({ model: "gpt-4.1-mini", instructions, input: question });
  return output_text;
};

const story = service({
  name: "Story",
  handlers: {
    write: async (ctx, { topic }: { topic: string }) => {
      const draft = await ctx.run("draft", () => ask("You write a story.", topic));
      return ctx.run("edit", () => ask("You edit a story.", draft));
    },
  },
});

await serve({ services: [story] });
