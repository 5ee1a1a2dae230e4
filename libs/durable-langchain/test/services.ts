import { setTimeout as pause } from "node:timers/promises";
import { withLanes } from "@durable-agents/lanes";
import { awaits, decline, echo, fourSteps, step } from "@durable-agents/testkit/test-services";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import type { RunnableToolLike } from "@langchain/core/runnables";
import { RunnableLambda, RunnableParallel } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import {
  Annotation,
  Command,
  END,
  entrypoint,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
  task,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { type Context, type ObjectContext, object, service } from "@restatedev/restate-sdk";
import { createAgent, createMiddleware, tool } from "langchain";
import { z } from "zod";
import { durableInvoke, durableMiddleware, type Invocable, RestateMessages, restateContext } from "../src/index.ts";

// The mock model calls every tool that it is offered, once, and then says what it was asked.

const steps = (run: string, name: string) => fourSteps(restateContext(), run, name);

const chat = (fields: object = {}) =>
  new ChatOpenAI({
    model: "test-model",
    apiKey: async () => process.env.OPENAI_API_KEY ?? "",
    configuration: { baseURL: process.env.OPENAI_BASE_URL },
    maxRetries: 0,
    ...fields,
  });

const State = Annotation.Root({
  run: Annotation<string>,
  found: Annotation<string[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
  said: Annotation<string>,
});
type State = typeof State.State;

/** A graph of nodes that run at the same time. */
function graphOf(nodes: Record<string, (state: State) => Partial<State> | Promise<Partial<State>>>) {
  const graph = new StateGraph(State);
  for (const [name, node] of Object.entries(nodes)) graph.addNode(name, node).addEdge(START, name as never);
  return graph;
}

const say = async ({ found }: Partial<State>) => ({ said: (await chat().invoke(`Sum up ${found?.length}`)).text });

const branches = () =>
  graphOf({
    alpha: async ({ run }) => ({ found: [await steps(run, "alpha")] }),
    beta: async ({ run }) => ({ found: [await steps(run, "beta")] }),
    ask: async () => ({ found: [(await chat().invoke("Ask beside them")).text] }),
  })
    .addNode("sum", say)
    .addEdge(["alpha", "beta", "ask"] as never, "sum")
    .compile();

const fanOut = () =>
  new StateGraph(State)
    .addNode("plan", async () => ({
      found: (
        await chat()
          .withStructuredOutput(z.object({ tasks: z.array(z.string()).min(3) }))
          .invoke("Plan")
      ).tasks,
    }))
    .addNode("work", async ({ run, said }: Partial<State>) => ({ found: [await steps(run ?? "", said ?? "")] }))
    .addNode("sum", say)
    .addEdge(START, "plan")
    .addConditionalEdges("plan", ({ run }) => ["a", "b", "c"].map((said) => new Send("work", { run, said })), ["work"])
    .addEdge("work", "sum")
    .addEdge("sum", END)
    .compile();

const routed = () =>
  new StateGraph(State)
    .addNode(
      "route",
      async () => {
        const schema = z.object({ goto: z.enum(["left", "right"]) });
        const { goto } = await chat().withStructuredOutput(schema).invoke("Where to?");
        return new Command({ goto });
      },
      { ends: ["left", "right"] },
    )
    .addNode("left", async ({ run }) => ({ said: await steps(run, "left") }))
    .addNode("right", async ({ run }) => ({ said: await steps(run, "right") }))
    .addEdge(START, "route")
    .addEdge("left", END)
    .addEdge("right", END)
    .compile();

const nested = () =>
  new StateGraph(State)
    .addNode("first", branches())
    .addNode("second", async ({ run }) => ({ found: (await fanOut().invoke({ run })).found.slice(-1) }))
    .addNode("sum", say)
    .addEdge(START, "first")
    .addEdge(START, "second")
    .addEdge(["first", "second"], "sum")
    .addEdge("sum", END)
    .compile();

const worker = task("worker", async (run: string, name: string) => steps(run, name));
const functional = () =>
  entrypoint("functional", async (run: string) => {
    const found = await Promise.all(["one", "two", "three"].map((name) => worker(run, name)));
    return { found, said: (await chat().invoke("Sum up")).text };
  });

const toolOf = (name: string, execute: () => unknown) =>
  tool(execute, { name, description: "A tool", schema: z.object({}) });
const stepsTool = (run: string, name: string) => toolOf(name, () => steps(run, name));

const agentWith = (name: string, ...tools: ReturnType<typeof toolOf>[]) =>
  createAgent({ model: chat(), tools, middleware: [durableMiddleware({ name })] });

const constructs = () =>
  agentWith(
    "Constructs",
    ...Object.entries(awaits).map(([name, body]) =>
      toolOf(name, async () => shownAsText(await body(restateContext()))),
    ),
    toolOf("model", async () => (await chat().invoke("From a tool")).text),
  );
const shownAsText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** A graph with a ToolNode of LangGraph's own, which shows errors to the model. */
const toolGraph = (...tools: (StructuredToolInterface | RunnableToolLike)[]) => {
  const model = chat().bindTools(tools);
  return new StateGraph(MessagesAnnotation)
    .addNode("agent", async ({ messages }) => ({ messages: await model.invoke(messages) }))
    .addNode("tools", new ToolNode(tools))
    .addEdge(START, "agent")
    .addConditionalEdges("agent", ({ messages }) =>
      (messages.at(-1) as { tool_calls?: unknown[] }).tool_calls?.length ? "tools" : END,
    )
    .addEdge("tools", "agent")
    .compile();
};

const asking = () =>
  new StateGraph(State)
    .addNode("draft", async () => ({ said: (await chat().invoke("Draft")).text }))
    .addNode("human", ({ said }) => ({ found: [String(interrupt({ said }))] }))
    .addNode("other", () => ({ found: [String(interrupt("and this?"))] }))
    .addNode("sum", say)
    .addEdge(START, "draft")
    .addEdge("draft", "human")
    .addEdge("draft", "other")
    .addEdge(["human", "other"], "sum")
    .addEdge("sum", END)
    .compile();

/** Graphs with a state, by the name of their handler. */
const stateGraphs: Record<string, (run: string) => Invocable<object, Partial<State>>> = {
  branches,
  routed,
  nested,
  interruptsUnheard: asking,
  declinedInNode: () => graphOf({ pay: decline }).compile(),
  modelInStep: () => {
    const asStep = () => restateContext().run("all of it", async () => (await chat().invoke("inside")).text);
    return graphOf({ one: async () => ({ said: await asStep() }) }).compile();
  },
  caught: () => {
    const one = async () => {
      const fallback = RunnableLambda.from(() => ({ text: "the fallback" }));
      const { text } = await chat()
        .withFallbacks([fallback as never])
        .invoke("Try");
      const said = await chat()
        .invoke("Try")
        .then(
          (answer) => answer.text,
          () => "caught",
        );
      return { said: `${text}, ${said}` };
    };
    return graphOf({ one }).compile();
  },
  streamed: () => {
    const one = async () => {
      let said = "";
      for await (const chunk of await chat().stream("Try")) said += chunk.text;
      return { said };
    };
    return graphOf({ one }).compile();
  },
  saverInside: (run) => {
    const saved = graphOf({ one: () => ({ found: ["again"] }) }).compile({ checkpointer: new MemorySaver() });
    return RunnableLambda.from(() => saved.invoke({}, { configurable: { thread_id: run } }));
  },
  waits: () => {
    const sleep = async () => ({ said: String(await restateContext().sleep({ hours: 1 })) });
    return graphOf({ one: sleep, two: sleep }).compile();
  },
};

/** Agents, which are asked to "Work", by the name of their handler. */
const agents: Record<string, (run: string) => Invocable<{ messages: BaseMessage[] }, { messages: BaseMessage[] }>> = {
  agent: (run) => agentWith("Worker", ...["alpha", "beta", "gamma"].map((name) => stepsTool(run, name))),
  constructs,
  toolNode: (run) => toolGraph(stepsTool(run, "beside"), stepsTool(run, "other")),
  declinedInTool: (run) => toolGraph(stepsTool(run, "beside"), toolOf("other", decline)),
  declinedInAgent: () => agentWith("Payer", toolOf("pay", decline)),
  declinedInChain: () =>
    toolGraph(RunnableLambda.from(decline).asTool({ name: "pay", description: "Pays", schema: z.object({}) })),
  shown: (run) =>
    toolGraph(
      stepsTool(run, "beside"),
      toolOf("other", () => Promise.reject(new Error("nothing found"))),
    ),
  named: () => agentWith("Ada"),
};

const mapValues = <T, R>(values: Record<string, T>, map: (value: T) => R) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));

const graphs = service({
  name: "Graphs",
  handlers: {
    ...mapValues(
      stateGraphs,
      (graph) => async (ctx: Context, run: string) => results(await durableInvoke(ctx, graph(run), { run })),
    ),
    ...mapValues(agents, (agent) => async (ctx: Context, run: string) => {
      const { messages } = await durableInvoke(ctx, agent(run), { messages: [new HumanMessage("Work")] });
      const tools = messages.filter((message) => message.getType() === "tool").map(({ text }) => text);
      return { tools, said: messages.at(-1)?.text };
    }),
    functional: async (ctx: Context, run: string) => results(await durableInvoke(ctx, functional(), run)),
    several: async (ctx: Context, run: string) => {
      const outputs = await Promise.all([
        durableInvoke(ctx, branches(), { run: `${run} 1` }),
        durableInvoke(ctx, fanOut(), { run: `${run} 2` }),
      ]);
      return outputs.map(results);
    },
    sequential: async (ctx: Context, run: string) => {
      withLanes(ctx, { sequential: true });
      return results(await durableInvoke(ctx, branches(), { run }));
    },
    responses: async (ctx: Context) => {
      const model = chat({ useResponsesApi: true });
      return (await durableInvoke(ctx, model, "Over the Responses API")).text;
    },
    interrupts: async (ctx: Context, run: string) => {
      const onInterrupt = ({ value, awakeableId }: { value: unknown; awakeableId: string }) =>
        ctx.serviceSendClient(echo).wake({ id: awakeableId, value: `yes to ${JSON.stringify(value)}` });
      return results(await durableInvoke(ctx, asking(), { run }, { onInterrupt }));
    },
    endless: async (ctx: Context) => {
      const graph = graphOf({ again: () => ({}) });
      graph.addEdge("again" as never, "again" as never);
      return results(await durableInvoke(ctx, graph.compile(), {}, { recursionLimit: 5 }));
    },
    retrying: async (ctx: Context) => (await durableInvoke(ctx, chat({ maxRetries: 2 }), "Hello")).text,
    /** Branches that are no functions: chains, lambdas, agents with middleware of the user's own. */
    otherBranches: async (ctx: Context, run: string) => {
      const lambda = (name: string) =>
        RunnableLambda.from(async () => ({ found: [await step(restateContext(), run, name)] }));
      const inner = (name: string) => {
        const own = createMiddleware({
          name: "Own",
          beforeModel: async ({ messages }) => {
            await pause(Math.random() * 10);
            await step(restateContext(), run, `${name}, before message ${messages.length}`);
          },
        });
        return createAgent({ model: chat(), tools: [stepsTool(run, name)], middleware: [own] }).graph;
      };
      const graph = new StateGraph(Annotation.Root({ ...State.spec, ...MessagesAnnotation.spec }))
        .addNode("lambda", lambda("lambda"))
        .addNode("chain", lambda("first").pipe(lambda("second")))
        .addNode("one", inner("one"))
        .addNode("two", inner("two"))
        .addEdge(START, "lambda")
        .addEdge(START, "chain")
        .addEdge(START, "one")
        .addEdge(START, "two")
        .compile();
      const { found } = await durableInvoke(ctx, graph, { messages: [new HumanMessage("Work")] });
      const both = RunnableParallel.from({ a: lambda("a"), b: lambda("b") });
      const parallel = await durableInvoke(ctx, both, {});
      return { found: found.length, parallel: Object.keys(parallel).toSorted() };
    },
    withRetry: async (ctx: Context) => (await durableInvoke(ctx, chat().withRetry(), "Try")).text,
    /** The same branches by LangGraph itself, with steps in the journal. */
    withoutLibrary: async (ctx: Context, run: string) => {
      const branch = (name: string) => async () => {
        for (const number of [1, 2, 3, 4]) await step(ctx, run, `${name}-${number}`);
        return { found: [name] };
      };
      const graph = graphOf({ alpha: branch("alpha"), beta: branch("beta") }).compile();
      return (await graph.invoke({ run })).found;
    },
  },
});

const results = ({ found, said }: { found?: string[]; said?: string }) => ({ found, said });

const talker = () =>
  new StateGraph(MessagesAnnotation)
    .addNode("talk", async ({ messages }) => ({ messages: await chat().invoke(messages) }))
    .addEdge(START, "talk")
    .addEdge("talk", END)
    .compile();

const conversations = object({
  name: "Conversations",
  handlers: {
    talk: async (ctx: ObjectContext, { text, maxMessages }: { text: string; maxMessages?: number }) => {
      const conversation = new RestateMessages(ctx, maxMessages === undefined ? {} : { maxMessages });
      const history = [...(await conversation.load()), new HumanMessage(text)];
      const { messages } = await durableInvoke(ctx, talker(), { messages: history });
      conversation.save(messages);
      return messages.at(-1)?.text;
    },
    reply: async (ctx: ObjectContext) => {
      const graph = new StateGraph(MessagesAnnotation)
        .addNode("reply", () => ({ messages: [new AIMessage("By no model")] }))
        .addEdge(START, "reply")
        .compile();
      const conversation = new RestateMessages(ctx);
      conversation.save((await durableInvoke(ctx, graph, { messages: [] })).messages);
      await ctx.run("something else", () => undefined);
      return (await conversation.load()).map(({ text }) => text);
    },
    types: async (ctx: ObjectContext) =>
      ((await ctx.get<{ type: string }[]>("messages")) ?? []).map(({ type }) => type),
  },
});

export const services = [graphs, echo, conversations];
