import { notSupported } from "./scope.ts";

/** Options of `invoke` that durableInvoke does not take, and what to do instead. */
const unsupportedOptions: Record<string, string> = {
  streamMode: "what comes piece by piece can't be replayed; await the result",
  encoding: "what comes piece by piece can't be replayed; await the result",
  signal: "cancel the invocation",
  timeout: "it follows the clock of each replay; await promises of the Restate context with .orTimeout()",
  durability: "the journal of the invocation is the checkpoint",
  checkpointDuring: "the journal of the invocation is the checkpoint",
  maxConcurrency: "LangGraph 1.4.18 leaves out the branches that are too many, and goes on without them",
  store:
    "it would be written again by each replay; keep it in the state of a Virtual Object, or in restateContext().run",
  cache: "what it holds differs from replay to replay; the journal has what was done",
};

/** What a compiled graph or one of its nodes may have, and what to do instead. */
const unsupportedFields: Record<string, string> = {
  checkpointer:
    "the journal of the invocation is the checkpoint, and a graph recovers by itself. Leave it out; keep a conversation " +
    "with RestateMessages",
  store: unsupportedOptions.store as string,
  cache: unsupportedOptions.cache as string,
  retryPolicy:
    "it follows the clock of each replay; model calls are retried by the option retryPolicy of durableInvoke, " +
    "other steps by restateContext().run(name, action, { maxRetryAttempts })",
  cachePolicy: unsupportedOptions.cache as string,
  stepTimeout: unsupportedOptions.timeout as string,
  timeout: unsupportedOptions.timeout as string,
};

/** @throws TerminalError if an option can't be made durable */
export function requireSupportedOptions(options: object): void {
  for (const [name, instead] of Object.entries(unsupportedOptions)) {
    if ((options as Record<string, unknown>)[name]) throw notSupported(`The option ${name}`, instead);
  }
}

/** A compiled graph, as far as it is looked at here; an agent of createAgent has one inside. */
interface Graph {
  name?: string;
  graph?: Graph;
  /** What withConfig added. */
  config?: object;
  nodes?: Record<string, Node>;
}
interface Node {
  bound?: object;
  subgraphs?: object[];
}

/**
 * Looks at a graph and its subgraphs.
 *
 * @throws TerminalError if something in them would not be durable
 */
export function requireSupportedGraph(runnable: object): void {
  const { graph, nodes, name = "the graph" } = runnable as Graph;
  if (graph && typeof graph === "object") requireSupportedGraph(graph);
  if (!nodes || typeof nodes !== "object") return;
  requireSupportedFields(name, runnable);
  requireSupportedOptions((runnable as Graph).config ?? {});
  for (const [nodeName, node] of Object.entries(nodes)) {
    requireSupportedFields(`the node ${nodeName}`, node);
    for (const inner of [node.bound, ...(node.subgraphs ?? [])]) if (inner) requireSupportedGraph(inner);
  }
}

function requireSupportedFields(whose: string, of: object): void {
  for (const [field, instead] of Object.entries(unsupportedFields)) {
    if ((of as Record<string, unknown>)[field]) throw notSupported(`${field} of ${whose}`, instead);
  }
}
