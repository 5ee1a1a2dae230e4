import { cleanEnvironment, TestEnvironment } from "@durable-agents/crash-harness";
import { execa } from "execa";
import { expect, test } from "vitest";
import { installPacked, quickStartOf } from "../src/index.ts";
import { echoOf } from "../src/library-test.ts";

// Each library, as it is published, in a project of its own: what a user of it may write first.

const lanes = `
import { mapLanes, withLanes } from "@durable-agents/lanes";
import { type Context, serve, service } from "@restatedev/restate-sdk";

const agent = service({
  name: "Agent",
  handlers: {
    run: async (ctx: Context): Promise<string[]> =>
      mapLanes(withLanes(ctx), ["alpha", "beta"], async (tool) => {
        const found = await ctx.run(\`\${tool}: search\`, () => \`\${tool} found\`);
        return ctx.run(\`\${tool}: read\`, () => \`\${found} and read\`);
      }),
  },
});

await serve({ services: [agent], port: Number(process.env.PORT) });
`;

/** The model is a function that is overloaded once. */
const modelCalls = `
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

interface Case {
  library: string;
  program?: string;
  /** What the program imports besides the library and its peers: the user's choice. */
  besides?: string[];
  call: string;
  body?: string;
  answer: unknown;
  modelCalls?: number;
}

test.each<Case>([
  { library: "lanes", program: lanes, call: "Agent/run", answer: ["alpha found and read", "beta found and read"] },
  { library: "model-calls", program: modelCalls, call: "Agent/run", answer: { city: "Paris", calls: 2 } },
  {
    library: "durable-openai-agents",
    call: "Traveller/ask",
    body: "What shall I pack for Paris?",
    answer: echoOf("What shall I pack for Paris?"),
    modelCalls: 2,
  },
  {
    library: "durable-langchain",
    besides: ["@langchain/openai"],
    call: "Essays/write",
    body: "durable graphs",
    answer: ["for", "against"].map((side) => echoOf(`Argue ${side} durable graphs`)),
    modelCalls: 2,
  },
])("$library serves", async ({ library, program = quickStartOf(library), besides = [], ...expected }) => {
  const folder = await installPacked({ library, besides, program });
  await using environment = await TestEnvironment.start({
    folder,
    server: { inactivityTimeoutSeconds: 0 },
    model: { strict: false },
  });
  expect(await environment.ingress.call(expected.call, JSON.stringify(expected.body ?? {}))).toEqual({
    status: 200,
    body: expected.answer,
  });
  expect(environment.model.calls).toHaveLength(expected.modelCalls ?? 0);
});

const crashHarness = `
import { crashEverywhere, problemsOf, TestEnvironment } from "@durable-agents/crash-harness";
import { type Context, serve, service } from "@restatedev/restate-sdk";

const post = async (path: string, body: string) =>
  (await fetch(\`\${process.env.EFFECTS_BASE_URL}/\${path}\`, { method: "POST", body })).text();

const shop = service({
  name: "Shop",
  handlers: {
    order: async (ctx: Context, { item }: { item: string }): Promise<string> => {
      await ctx.run("pay", () => post("payments", item));
      return ctx.run("ship", () => post("parcels", item));
    },
  },
});

if (process.env.PORT) {
  await serve({ services: [shop], port: Number(process.env.PORT) });
} else {
  await using environment = await TestEnvironment.start({ folder: process.cwd() });
  const results = await crashEverywhere(environment, [{ call: "Shop/order", body: { item: "a hat" } }]);
  const inFlight = results.map(({ repeated }) => repeated.inFlight.length);
  console.log(JSON.stringify({ problems: results.flatMap(problemsOf), inFlight }));
  process.exit(0);
}
`;

test("crash-harness crashes a service", async () => {
  const cwd = await installPacked({
    library: "crash-harness",
    besides: ["@restatedev/restate-sdk"],
    program: crashHarness,
  });
  const { stdout } = await execa("node", ["src/main.ts"], { cwd, env: cleanEnvironment(cwd) });
  // Before the first step, between the two, and after the last one.
  expect(JSON.parse(stdout)).toEqual({ problems: [], inFlight: [1, 1, 0] });
});
