import type { MCPServer } from "@openai/agents";
import { TerminalError } from "@restatedev/restate-sdk";
import { currentScope, fail, inLane } from "./scope.ts";

const durableServers = new WeakSet<MCPServer>();

export const isDurableMcpServer = (server: MCPServer): boolean => durableServers.has(server);

/** How often a call to an MCP server is attempted. */
const MAX_ATTEMPTS = 3;

/** The wait before the second attempt, in milliseconds; it doubles with each. */
const FIRST_RETRY_DELAY = 250;

/**
 * Makes the tools of an MCP server durable: its list of tools is a step of the journal in each turn, and so is each call.
 *
 * A call that fails is attempted three times; then the model is told, as the SDK does it (`errorFunction` of the server).
 *
 * @param server a server that is connected already, since a connection does not belong to one run
 */
export function durableMcpServer(server: MCPServer): MCPServer {
  const { toolMetaResolver, customDataExtractor, toolInputGuardrails, toolOutputGuardrails, errorFunction } = server;
  const durableServer: MCPServer = {
    ...(server.toolFilter && { toolFilter: server.toolFilter }),
    ...(server.useStructuredContent !== undefined && { useStructuredContent: server.useStructuredContent }),
    ...(toolMetaResolver && { toolMetaResolver: inLane(toolMetaResolver) }),
    ...(customDataExtractor && { customDataExtractor: inLane(customDataExtractor) as typeof customDataExtractor }),
    ...(toolInputGuardrails && {
      toolInputGuardrails: toolInputGuardrails.map((it) => ({ ...it, run: inLane(it.run) })),
    }),
    ...(toolOutputGuardrails && {
      toolOutputGuardrails: toolOutputGuardrails.map((it) => ({ ...it, run: inLane(it.run) })),
    }),
    ...(errorFunction !== undefined && { errorFunction: errorFunction && inLane(errorFunction) }),
    name: server.name,
    // A list that is cached in the process would be a step that some replays make and others do not.
    cacheToolsList: false,
    connect: () => server.connect(),
    close: () => server.close(),
    invalidateToolsCache: () => server.invalidateToolsCache(),
    listTools: inLane(() => step(`List the tools of ${server.name}`, () => server.listTools())),
    callTool: inLane((name, args, meta) => step(`${server.name}: ${name}`, () => server.callTool(name, args, meta))),
  };
  const { callToolResult } = server;
  if (callToolResult) {
    durableServer.callToolResult = inLane((name, args, meta) =>
      step(`${server.name}: ${name}`, () => callToolResult.call(server, name, args, meta)),
    );
  }
  durableServers.add(durableServer);
  return durableServer;
}

/** What an attempt came to: a fault is journaled too, since a step that fails would have those beside it repeated. */
type Outcome<T> = { result: T } | { fault: string; terminal?: number };

/** A call that is attempted a few times; what it throws in the end is shown to the model, unless it is terminal. */
async function step<T>(name: string, action: () => Promise<T>): Promise<T> {
  const scope = currentScope();
  if (!scope) return action();
  const attempt = (): Promise<Outcome<T>> =>
    action().then(
      (result) => ({ result }),
      (error) => ({
        fault: error instanceof Error ? error.message : String(error),
        ...(error instanceof TerminalError && { terminal: error.code }),
      }),
    );
  try {
    for (let attempts = 1; ; attempts++) {
      const outcome = await scope.ctx.run(name, attempt);
      if (!("fault" in outcome)) return outcome.result as T;
      if (outcome.terminal !== undefined) throw new TerminalError(outcome.fault, { errorCode: outcome.terminal });
      if (attempts >= MAX_ATTEMPTS) throw new Error(outcome.fault);
      await scope.ctx.sleep(FIRST_RETRY_DELAY * 2 ** (attempts - 1));
    }
  } catch (error) {
    if (error instanceof TerminalError) return fail(scope.run, error); // or a cancellation
    throw error;
  }
}
