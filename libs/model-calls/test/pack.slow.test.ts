import { TestEnvironment } from "@durable-agents/crash-harness";
import { installPacked } from "@durable-agents/testkit";
import { expect, test } from "vitest";

/** What a user of the package may write first; the model is a function that is overloaded once. */
const program = `
import { callModel, checkText, parseAnswer } from "@durable-agents/model-calls";
import { type Context, serve, service } from "@restatedev/restate-sdk";
import { z } from "zod";

let calls = 0;
async function model(signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  calls += 1;
  if (calls === 1) throw Object.assign(new Error("overloaded"), { status: 503 });
  return '{"city": "Paris"}';
}

const agent = service({
  name: "Agent",
  handlers: {
    run: async (ctx: Context): Promise<{ city: string; calls: number }> => {
      const ask = async (signal: AbortSignal) =>
        parseAnswer(z.object({ city: z.string() }), checkText(await model(signal), "stop"));
      const { city } = await callModel(ctx, { name: "Traveller", ask });
      return { city, calls };
    },
  },
});

await serve({ services: [agent], port: Number(process.env.PORT) });
`;

test("the package, as it is published, works in a project of its own", async () => {
  const folder = await installPacked({ library: "model-calls", program });
  await using environment = await TestEnvironment.start({ folder, server: { inactivityTimeoutSeconds: 0 } });
  expect(await environment.ingress.call("Agent/run", {})).toEqual({
    status: 200,
    body: { city: "Paris", calls: 2 },
  });
});
