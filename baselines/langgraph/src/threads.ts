import { MemorySaver, type StateSnapshot } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pWaitFor from "p-wait-for";
import { Pool } from "pg";

const { DATABASE_URL, DURABILITY } = process.env;

/** How long the database may take to come up, in milliseconds: started at the same time, this process is too early. */
const DATABASE_TIMEOUT = 30_000;

/** Where threads are kept: in PostgreSQL if there is a DATABASE_URL, else in memory, as long as this process lives. */
export const checkpointer = DATABASE_URL ? new PostgresSaver(connectionPool(DATABASE_URL)) : new MemorySaver();

function connectionPool(connectionString: string): Pool {
  const pool = new Pool({ connectionString, max: 20 });
  // A connection that breaks, idle or in use, is reported by an event, which would end the process without a listener.
  // The pool opens another one, and the query that waited gets the error.
  const report = (error: Error) => console.error(`The database's connection broke: ${error.message}`);
  pool.on("error", report);
  pool.on("connect", (client) => client.on("error", report));
  return pool;
}

/**
 * Makes the checkpointer's tables, unless they are there.
 *
 * @throws Error of the database, if it can't be reached for half a minute
 */
export async function prepareCheckpointer(): Promise<void> {
  if (!(checkpointer instanceof PostgresSaver)) return;
  let problem: unknown;
  const setUp = () =>
    checkpointer.setup().then(
      () => true,
      (error) => {
        problem = error;
        return false;
      },
    );
  await pWaitFor(setUp, { interval: 100, timeout: DATABASE_TIMEOUT }).catch(() => {
    throw new Error("DATABASE_URL can't be used; is PostgreSQL running?", { cause: problem });
  });
}

/** When checkpoints are written: while the next step runs, before it, or when the graph returns. */
const durabilities = ["async", "sync", "exit"] as const;

const durability = durabilities.find((name) => name === (DURABILITY || "async"));
if (!durability) throw new Error(`DURABILITY is ${JSON.stringify(DURABILITY)}; it takes ${durabilities.join(", ")}`);

/** Where a graph keeps its state, and when. */
export interface Thread {
  configurable: { thread_id: string };
  durability: (typeof durabilities)[number] | undefined;
}

const lastInLine = new Map<string, Promise<unknown>>();

/**
 * Does something with a thread when all that was to be done with it before is over. LangGraph does not lock threads: a graph
 * that is invoked twice at the same time on one does its work twice.
 */
export async function withThread<T>(id: string, work: (thread: Thread) => Promise<T>): Promise<T> {
  const start = () => work({ configurable: { thread_id: id }, durability });
  const turn = (lastInLine.get(id) ?? Promise.resolve()).then(start, start);
  lastInLine.set(id, turn);
  try {
    return await turn;
  } finally {
    if (lastInLine.get(id) === turn) lastInLine.delete(id);
  }
}

/** What {@link runThread} needs of a compiled graph or an agent. */
interface Graph<Input, Values> {
  invoke(input: Input | null, options: Thread): Promise<Values>;
  getState(thread: Thread): Promise<StateSnapshot>;
}

/**
 * Runs a graph on the thread of a request: one that is new from the beginning, one that was stopped from where it was, and
 * one that is finished not at all.
 *
 * @param id the same one for the same request
 * @param options what the graph takes besides
 * @returns the graph's values at its end
 */
export function runThread<Input, Values>(
  graph: Graph<Input, Values>,
  input: Input,
  id: string,
  options: object = {},
): Promise<Values> {
  return withThread(id, async (thread) => {
    const { createdAt, tasks, values } = await graph.getState(thread);
    if (createdAt === undefined) return graph.invoke(input, { ...options, ...thread });
    // Not `next`: it is empty, too, when all branches of a step are stored and the step is not.
    return tasks.length > 0 ? graph.invoke(null, { ...options, ...thread }) : values;
  });
}
