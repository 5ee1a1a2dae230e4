import { setTimeout as pause } from "node:timers/promises";
import { withLanes } from "@durable-agents/lanes";
import { awaits, decline, echo, effects, fourSteps, step } from "@durable-agents/testkit/test-services";
import {
  Agent,
  handoff,
  type MCPServer,
  type Model,
  type RunContext,
  type RunItem,
  Runner,
  RunState,
  tool,
} from "@openai/agents";
import { type Context, type ObjectContext, object, service } from "@restatedev/restate-sdk";
import { z } from "zod";
import {
  durableAgentTool,
  durableInputGuardrail,
  durableMcpServer,
  durableOutputGuardrail,
  durableRun,
  durableTool,
  openAIModels,
  RestateSession,
  restateContext,
} from "../src/index.ts";

// The mock model calls every tool that it is offered, once, and then says what it was asked.

/** Which run of a test a tool is called in: it stands in the context of the SDK. */
const runOf = (context?: RunContext<unknown>) => (context?.context as { run: string } | undefined)?.run ?? "";

const model = "test-model";
const parameters = z.object({});
type ToolOptions = Extract<Parameters<typeof durableTool<typeof parameters>>[0], { strict?: true }>;

/** A tool without parameters. */
const toolOf = (name: string, execute: ToolOptions["execute"], options: Partial<ToolOptions> = {}) =>
  durableTool({ name, description: "A tool", parameters, execute, ...options });

/** An agent as a tool. */
const agentTool = (toolName: string, agent: Agent, options: object = {}) =>
  durableAgentTool(agent, { toolName, toolDescription: "Asks an agent", ...options });

/** A tool of four steps. */
const steps = (name: string) => toolOf(name, (_, context) => fourSteps(restateContext(), runOf(context), name));

/** An agent with tools. */
const agentWith = (name: string, ...tools: Agent["tools"]) => new Agent({ name, model, tools });

/** An agent whose tool is another one. */
const behindTool = (agent: Agent, options = {}) => agentWith("Outer", agentTool("inner", agent, options));

const worker = agentWith("Worker", steps("alpha"), steps("beta"), steps("gamma"));

const inner = (name: string) => agentWith(name, steps(`${name}_one`), steps(`${name}_two`));
const outer = agentWith("Outer", agentTool("left", inner("left")), agentTool("right", inner("right")));

const closer = new Agent({ name: "Closer", model, outputType: z.object({ verdict: z.enum(["good", "bad"]) }) });
const opener = Agent.create({ name: "Opener", instructions: "Hand off.", model, handoffs: [closer] });

/** Everything of a context that a tool may await. */
const constructs = agentWith(
  "Constructs",
  ...Object.entries(awaits).map(([name, body]) => toolOf(name, () => body(restateContext()))),
  toolOf("agent", async () => (await durableRun(restateContext(), closer, "From a tool")).finalOutput?.verdict),
);

const judgeOf = (name: string) => new Agent({ name, model, outputType: z.object({ harmful: z.literal(false) }) });
const judge = judgeOf("Judge");
const judged = (name: string) =>
  durableInputGuardrail({
    name,
    execute: async ({ input }) => {
      await pause(Math.random() * 5);
      const { finalOutput } = await durableRun(restateContext(), judgeOf(name), JSON.stringify(input));
      return { tripwireTriggered: JSON.stringify(input).includes("forbidden"), outputInfo: finalOutput };
    },
  });
const guarded = new Agent({
  name: "Guarded",
  model,
  inputGuardrails: [judged("first"), judged("second")],
  outputGuardrails: [
    durableOutputGuardrail({
      name: "output",
      execute: async ({ agentOutput }) => ({
        tripwireTriggered: await restateContext().run("judge", () => String(agentOutput).includes("unspeakable")),
        outputInfo: undefined,
      }),
    }),
  ],
});

const paying = agentWith(
  "Cashier",
  toolOf("pay", (_, context) => step(restateContext(), runOf(context), "paid"), { needsApproval: true }),
  toolOf("look", () => "looked"),
);

const unlucky = agentWith("Unlucky", toolOf("charge", decline), steps("beside"));

/** An agent behind a tool, in which something of the user's own fails. */
const failing = (part: object) => behindTool(new Agent({ name: "Inner", model, ...part }));
const declined = async () => decline();

/** Callbacks of the user's that wait for something un-journaled before they use the context. */
const callback = async (what: string) => {
  await pause(Math.random() * 10);
  await restateContext().run(what, () => what);
};
const needsApproval = async () => {
  await callback("needs approval?");
  return false;
};
const quiet = agentWith("Quiet");
const callbacks = new Agent({
  name: "Callbacks",
  model,
  instructions: async () => {
    await callback("instructions");
    return "Use all tools.";
  },
  tools: [
    ...["one", "two"].map((name) =>
      toolOf(name, () => Promise.reject(new Error("not now")), {
        needsApproval,
        errorFunction: async () => {
          await callback("error");
          return `${name} failed`;
        },
      }),
    ),
    agentTool("quiet", quiet, { needsApproval }),
  ],
});

/** Runs whose tool "flaky" has failed: this is outside of the journal, on purpose. */
const failed = new Set<string>();
const flaky = agentWith(
  "Flaky",
  toolOf("flaky", (_, context) => {
    const run = runOf(context);
    if (failed.has(run)) return "well";
    failed.add(run);
    throw new Error("a bug that a deployment fixes");
  }),
);

const forgiving = agentWith(
  "Forgiving",
  toolOf("search", () => Promise.reject(new Error("nothing found")), {
    errorFunction: (_, error) => `shown to the model: ${(error as Error).message}`,
  }),
);

/** An MCP server, as the SDK sees one. */
const mcpServer: MCPServer = {
  name: "Library",
  cacheToolsList: true,
  connect: async () => {},
  close: async () => {},
  invalidateToolsCache: async () => {},
  listTools: async () => [
    {
      name: "lookup",
      description: "Looks up",
      inputSchema: { type: "object", properties: {}, required: [], additionalProperties: false },
    },
  ],
  callTool: async () => {
    await pause(Math.random() * 10);
    effects.push("mcp lookup");
    return [{ type: "text", text: "found" }];
  },
};
/** An MCP server whose calls fail. */
const brokenServer: MCPServer = {
  ...mcpServer,
  name: "Broken library",
  callTool: async () => {
    effects.push("mcp failure");
    throw new Error("closed");
  },
};
const patient = new Agent({
  name: "Patient",
  model,
  mcpServers: [durableMcpServer(brokenServer)],
  tools: [agentTool("quiet", quiet)],
});
const librarian = new Agent({
  name: "Librarian",
  model,
  mcpServers: [durableMcpServer(mcpServer)],
  tools: [steps("shelve")],
});

const sleeping = async () => {
  await restateContext().sleep({ hours: 1 });
  return "";
};

/** What is run as it is and asked to "Work", by the name of its handler. */
const runs: Record<string, Agent> = {
  constructs,
  callbacks,
  mcp: librarian,
  mcpFails: patient,
  forgiving,
  declined: unlucky,
  declinedBehindTool: behindTool(unlucky),
  flaky,
  flakyBehindTool: behindTool(flaky),
  instructions: failing({ instructions: declined }),
  needsApproval: failing({ tools: [toolOf("pay", () => "paid", { needsApproval: declined })] }),
  isEnabled: failing({ tools: [toolOf("pay", () => "paid", { isEnabled: declined })] }),
  onHandoff: failing({ handoffs: [handoff(agentWith("Other"), { onHandoff: declined })] }),
  guardrail: failing({ inputGuardrails: [{ name: "plain", execute: declined }] }),
  inputBuilder: behindTool(agentWith("Inner"), { inputBuilder: decline }),
  waits: agentWith("Waiting", toolOf("one", sleeping), toolOf("two", sleeping)),
  waitsInside: behindTool(new Agent({ name: "Inner", model, instructions: sleeping })),
};
const handlersOf = (agents: Record<string, Agent>) =>
  Object.fromEntries(
    Object.entries(agents).map(([name, agent]) => [
      name,
      async (ctx: Context, run: string) => outputs(await durableRun(ctx, agent, "Work", { context: { run } })),
    ]),
  );

const agents = service({
  name: "Agents",
  handlers: {
    ...handlersOf(runs),
    nested: async (ctx: Context, run: string) => {
      const result = await durableRun(ctx, outer, "Ask", { context: { run } });
      return { ...outputs(result), requests: result.state.usage.requests };
    },
    handoff: async (ctx: Context) => {
      const { finalOutput, lastAgent } = await durableRun(ctx, opener, "Decide");
      return { finalOutput, lastAgent: lastAgent?.name };
    },
    guardrails: async (ctx: Context, input: string) => (await durableRun(ctx, guarded, input)).finalOutput,
    several: async (ctx: Context) => {
      const results = await Promise.all(["one", "two", "three"].map((input) => durableRun(ctx, judge, input)));
      return results.map(({ finalOutput }) => finalOutput);
    },
    sequential: async (ctx: Context, run: string) => {
      withLanes(ctx, { sequential: true });
      const { finalOutput } = await durableRun(ctx, guarded, "Be nice");
      return { guarded: finalOutput, ...outputs(await durableRun(ctx, outer, "Ask", { context: { run } })) };
    },
    approve: async (ctx: Context, { run, approved }: { run: string; approved: boolean }) => {
      let result = await durableRun(ctx, paying, "Pay", { context: { run } });
      for (const interruption of result.interruptions) {
        const { id, promise } = ctx.awakeable<boolean>();
        ctx.serviceSendClient(echo).wake({ id, value: approved });
        if (await promise) result.state.approve(interruption);
        else result.state.reject(interruption);
      }
      result = await durableRun(ctx, paying, result.state);
      return outputs(result);
    },
    usage: async (ctx: Context) => {
      const { state } = await durableRun(ctx, judge, "Count me");
      const { requests, inputTokens, outputTokens, totalTokens } = state.usage;
      return { requests, inputTokens, outputTokens, totalTokens };
    },
    chat: async (ctx: Context, run: string) => {
      const modelProvider = openAIModels({ useResponses: false });
      return outputs(await durableRun(ctx, worker, "Work", { context: { run }, modelProvider }));
    },
    turns: async (ctx: Context) =>
      (await durableRun(ctx, worker, "Work", { maxTurns: 1, context: { run: "turns" } })).finalOutput,
    inStep: async (ctx: Context) => {
      await durableRun(ctx, judge, "First");
      return ctx.run("step", async () => (await durableRun(ctx, judge, "In a step")).finalOutput);
    },
    lateTool: async (ctx: Context) => {
      const agent = agentWith("Late");
      await durableRun(ctx, agent, "Hello");
      agent.tools.push(tool({ name: "plain", description: "", parameters, execute: () => "" }));
      return (await durableRun(ctx, agent, "Hello")).finalOutput;
    },
    /** The SDK's own runner and tools, with the model calls and steps in the journal. */
    withoutLibrary: async (ctx: Context, run: string) => {
      const provider = openAIModels();
      const journaled: Model = {
        getResponse: async (request) => {
          const { signal: _, ...rest } = request;
          const call = async () => {
            const { output, usage } = await (await provider.getModel(model)).getResponse(rest);
            return { output, usage: { ...usage } };
          };
          return (await ctx.run("model", call)) as unknown as ReturnType<Model["getResponse"]>;
        },
        getStreamedResponse: () => {
          throw new Error("not streamed");
        },
      };
      const plain = (name: string) =>
        tool({
          name,
          description: "Makes four steps",
          parameters,
          errorFunction: null,
          execute: async () => {
            for (const number of [1, 2, 3, 4]) await step(ctx, run, `${name}-${number}`);
          },
        });
      const agent = agentWith("Baseline", ...["alpha", "beta", "gamma"].map(plain));
      const runner = new Runner({ modelProvider: { getModel: () => journaled }, tracingDisabled: true });
      return (await runner.run(agent, "Work")).finalOutput;
    },
  },
});

/** What the tools gave, and the last word. */
function outputs({ finalOutput, newItems }: { finalOutput?: unknown; newItems: RunItem[] }) {
  const tools = newItems.flatMap((item) =>
    item.type === "tool_call_output_item"
      ? [typeof item.output === "string" ? item.output : JSON.stringify(item.output)]
      : [],
  );
  return { tools, finalOutput };
}

const talker = agentWith("Talker");

const conversations = object({
  name: "Conversations",
  handlers: {
    talk: async (ctx: ObjectContext, { text, maxItems }: { text: string; maxItems?: number }) => {
      const session = new RestateSession(ctx, maxItems === undefined ? {} : { maxItems });
      return (await durableRun(ctx, talker, text, { session })).finalOutput;
    },
    ask: async (ctx: ObjectContext, text: string) => {
      const { interruptions, state } = await durableRun(ctx, paying, text, { session: new RestateSession(ctx) });
      ctx.set("waiting", state.toString());
      return interruptions.map(({ name }) => name);
    },
    decide: async (ctx: ObjectContext, approved: boolean) => {
      const state = await RunState.fromString(paying, (await ctx.get<string>("waiting")) ?? "");
      for (const interruption of state.getInterruptions()) {
        if (approved) state.approve(interruption);
        else state.reject(interruption);
      }
      ctx.clear("waiting");
      return outputs(await durableRun(ctx, paying, state as never, { session: new RestateSession(ctx) }));
    },
    talkOn: async (ctx: ObjectContext, text: string) => {
      const session = new RestateSession(ctx);
      const agent = new Agent({ name: "Talker", model, outputGuardrails: guarded.outputGuardrails });
      await durableRun(ctx, agent, "Say what is unspeakable", { session }).catch(() => undefined);
      return (await durableRun(ctx, agent, text, { session })).finalOutput;
    },
    work: async (ctx: ObjectContext, text: string) => {
      const session = new RestateSession(ctx, { maxItems: 3 });
      return (await durableRun(ctx, worker, text, { session, context: { run: ctx.key } })).finalOutput;
    },
    items: async (ctx: ObjectContext) =>
      ((await ctx.get<{ type?: string; role?: string }[]>("items")) ?? []).map(({ type, role }) => role ?? type),
  },
});

export const services = [agents, echo, conversations];
