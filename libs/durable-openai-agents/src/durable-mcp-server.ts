import type { MCPServer } from "@openai/agents";
import { currentScope, inLane, restateContext } from "./scope.ts";

const durableServers = new WeakSet<MCPServer>();

export const isDurableMcpServer = (server: MCPServer): boolean => durableServers.has(server);

/** How often a call to an MCP server is attempted, over crashes too. */
const MAX_ATTEMPTS = 3;

/**
 * Makes the tools of an MCP server durable: its list of tools is a step of the journal in each turn, and so is each call.
 *
 * A call that fails is attempted three times; then the model is told, as the SDK does it (`errorFunction` of the server).
 *
 * @param server a server that is connected already, since a connection does not belong to one run
 */
export function durableMcpServer(server: MCPServer): MCPServer {
  const durableServer: MCPServer = {
    ...(server.toolFilter && { toolFilter: server.toolFilter }),
    ...(server.toolMetaResolver && { toolMetaResolver: server.toolMetaResolver }),
    ...(server.customDataExtractor && { customDataExtractor: server.customDataExtractor }),
    ...(server.toolInputGuardrails && { toolInputGuardrails: server.toolInputGuardrails }),
    ...(server.toolOutputGuardrails && { toolOutputGuardrails: server.toolOutputGuardrails }),
    ...(server.useStructuredContent !== undefined && { useStructuredContent: server.useStructuredContent }),
    ...(server.errorFunction !== undefined && { errorFunction: server.errorFunction }),
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

async function step<T>(name: string, action: () => Promise<T>): Promise<T> {
  if (!currentScope()) return action();
  return restateContext().run(name, action, { maxRetryAttempts: MAX_ATTEMPTS });
}
