import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { Claim } from "@durable-agents/shared/contracts/claim";
import { text } from "@durable-agents/shared/contracts/text";
import { MemorySaver, type StateSnapshot } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { Pool } from "pg";
import { z } from "zod";
import { claimGraph } from "./claims.ts";
import { researchGraph } from "./research.ts";

// POST runs a graph; the same idempotency key goes on with the same thread. GET says how far a thread is.
//
//   PORT, OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_PLANNER_MODEL   as everywhere in this repository
//   DATABASE_URL   a PostgreSQL database for the checkpoints; without one they stay in memory
//   DURABILITY     when checkpoints are written: async (LangGraph's default), sync or exit

const { DATABASE_URL, DURABILITY = "async", PORT = "9080" } = process.env;
const durability = z.enum(["async", "sync", "exit"]).parse(DURABILITY);

const checkpointer = DATABASE_URL ? await postgresSaver(DATABASE_URL) : new MemorySaver();
const research = researchGraph.compile({ checkpointer });
const claims = claimGraph.compile({ checkpointer });

async function postgresSaver(connectionString: string): Promise<PostgresSaver> {
  // One connection: PGlite, which stands in for PostgreSQL here, has no more.
  const saver = new PostgresSaver(new Pool({ connectionString, max: 1 }));
  await saver.setup();
  return saver;
}

type Thread = { configurable: { thread_id: string }; durability: typeof durability };

interface Graph<Input, Values> {
  invoke(input: Input | null, thread: Thread): Promise<Values>;
  getState(thread: Thread): Promise<StateSnapshot>;
}

/** What a careful user of a checkpointer does: goes on where the thread stopped, and runs nothing that is finished. */
async function run<Input, Values>(graph: Graph<Input, Values>, input: Input, thread: Thread): Promise<Values> {
  const { createdAt, tasks, values } = await graph.getState(thread);
  if (createdAt === undefined) return graph.invoke(input, thread);
  // Not `next`: it is empty, too, when all branches of a step are stored and the step is not.
  return tasks.length > 0 ? graph.invoke(null, thread) : values;
}

interface Service {
  graph: Pick<Graph<unknown, unknown>, "getState">;
  answer(body: unknown, thread: Thread): Promise<unknown>;
}

const services: Record<string, Service> = {
  "/ResearchReport/generate": {
    graph: research,
    answer: async (body, thread) => {
      const { topic } = z.object({ topic: text("What the report is about") }).parse(body);
      const { report, tasks } = await run(research, { topic }, thread);
      return { report, taskCount: tasks.length };
    },
  },
  "/ParallelAgentClaimApproval/run": {
    graph: claims,
    answer: async (body, thread) => (await run(claims, { claim: Claim.parse(body) }, thread)).decision,
  },
};

async function reply(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const service = services[request.url ?? ""];
  if (!service) return { status: 404, body: { message: `There is no ${request.url}` } };
  const key = request.headers["idempotency-key"] ?? randomUUID();
  const thread: Thread = { configurable: { thread_id: `${request.url} ${key}` }, durability };
  try {
    if (request.method === "POST") return { status: 200, body: await service.answer(await json(request), thread) };
    const { values, next } = await service.graph.getState(thread);
    return { status: 200, body: { values, next } };
  } catch (error) {
    const status = error instanceof z.ZodError ? 400 : 500;
    return { status, body: { message: error instanceof z.ZodError ? z.prettifyError(error) : `${error}` } };
  }
}

createServer(async (request, response) => {
  const { status, body } = await reply(request);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}).listen(Number(PORT), () => console.log(`Listening on port ${PORT}`));
