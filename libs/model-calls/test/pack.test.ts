import { Ingress, installPacked, RestateServer, Subject } from "@durable-agents/processes";
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

test("the package, as it is published, installs and works in an empty project", { timeout: 60_000 }, async () => {
  const project = await installPacked({ libraries: ["model-calls"], program });
  await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  await using subject = await Subject.start({ folder: project });
  await server.register(subject.url);
  expect(await new Ingress(server.ingressUrl).call("Agent/run", {})).toEqual({
    status: 200,
    body: { city: "Paris", calls: 2 },
  });
});
