import { join } from "node:path";
import {
  Bench,
  crashDuring,
  type ExampleRequest,
  findImplementation,
  type Ingress,
  installedVersion,
  type MockModel,
  repositoryRoot,
} from "@durable-agents/testkit";
import { ControlBench, type ControlOptions, type ControlRun, crashControl } from "./crash-control.ts";

/** What is compared. */
export interface System {
  name: string;
  title: string;
  start(): Promise<RunningSystem>;
}

export interface RunningSystem extends AsyncDisposable {
  model: MockModel;
  client: Ingress;
  /** Kills it when that many model calls are completed, and sees what comes of the request. */
  crash(request: ExampleRequest, completed: number): Promise<Omit<ControlRun, "completed">>;
}

const version = (folder: string, name: string) => installedVersion(join(repositoryRoot, folder), name);
const langgraph = `LangGraph ${version("packages/langgraph", "@langchain/langgraph")}`;
const saver = `PostgresSaver ${version("harness/controls", "@langchain/langgraph-checkpoint-postgres")}`;
const restate = `Restate ${version("harness/processes", "@restatedev/restate-server")}`;

/** Plain LangGraph with the checkpointers that its users have, and LangGraph on Restate. */
export const systems: System[] = [
  control("memory", `${langgraph}, MemorySaver`, { checkpointer: "memory" }),
  control("async", `${langgraph}, ${saver}, durability async (its default)`, { checkpointer: "postgres" }),
  control("sync", `${langgraph}, ${saver}, durability sync`, { checkpointer: "postgres", durability: "sync" }),
  { name: "restate", title: `${langgraph} on ${restate} (packages/langgraph)`, start: startOnRestate },
];

/**
 * One system by its name.
 *
 * @throws Error that lists what there is
 */
export function findSystem(name: string): System {
  const found = systems.find((system) => system.name === name);
  if (found) return found;
  const names = systems.map(({ name }) => name).join(", ");
  throw new Error(`There is no system ${JSON.stringify(name)}. There are: ${names}.`);
}

function control(name: string, title: string, options: ControlOptions): System {
  const start = async () => {
    const bench = await ControlBench.start(options);
    return {
      model: bench.model,
      client: bench.client,
      crash: (request: ExampleRequest, completed: number) => crashControl(bench, request, completed),
      [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
    };
  };
  return { name, title, start };
}

async function startOnRestate(): Promise<RunningSystem> {
  const bench = await Bench.start({ folder: findImplementation("langgraph").folder });
  return {
    model: bench.model,
    client: bench.ingress,
    // The caller is attached to Restate, and asks nothing.
    crash: async (request, completed) => {
      const run = await crashDuring(bench, request, completed);
      return { ...run, resumedBy: run.reply.status === 200 ? "itself" : null };
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}
