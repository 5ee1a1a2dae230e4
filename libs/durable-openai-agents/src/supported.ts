import { Agent, type CallModelInputFilter, type MCPServer, type ModelSettings, type Tool } from "@openai/agents";
import { durabilityOf } from "./durability.ts";
import { isDurableMcpServer } from "./durable-mcp-server.ts";
import { notSupported } from "./errors.ts";
import { type AnyAgent, currentScope } from "./scope.ts";

/** Tools that run at the provider while it answers; what they found is part of the answer, and so of the step. */
const hostedTools = ["web_search", "file_search", "code_interpreter", "image_generation"];

/** Options of the SDK's runner that durableRun does not take, and what to do instead. */
const unsupportedOptions: Record<string, string> = {
  stream: "what a model says piece by piece can't be replayed; await the whole answer",
  signal: "cancel the invocation",
  conversationId: "a repeated call would add to the conversation twice; pass a RestateSession as session",
  previousResponseId: "it needs answers that are stored at the provider; pass a RestateSession as session",
  tracing: "each replay would send its spans again; Restate's UI and OpenTelemetry show the steps",
  sandbox: "what runs in it is not in the journal; call it in a durableTool, in restateContext().run",
};

/** @throws TerminalError if an option can't be made durable */
export function requireSupportedOptions(options: object): void {
  for (const [name, instead] of Object.entries(unsupportedOptions)) {
    if ((options as Record<string, unknown>)[name]) throw notSupported(`The option ${name}`, instead);
  }
  const { model, modelSettings } = options as { model?: unknown; modelSettings?: ModelSettings };
  requireSupportedModel("The option model", model);
  requireSupportedSettings("the options", modelSettings);
}

/**
 * Looks at an agent, its handoffs and the agents behind its tools.
 *
 * @throws TerminalError if something in them would not be durable
 */
export function requireSupportedAgent(agent: AnyAgent, seen: Set<AnyAgent> = new Set()): void {
  if (seen.has(agent)) return; // handoffs may go in circles
  seen.add(agent);
  requireSupportedModel(`The model of ${agent.name}`, agent.model);
  requireSupportedSettings(agent.name, agent.modelSettings);
  for (const server of agent.mcpServers) requireSupportedServer(server, agent);
  for (const tool of agent.tools) requireSupportedTool(tool, agent, seen);
  for (const handoff of agent.handoffs) requireSupportedAgent(handoff instanceof Agent ? handoff : handoff.agent, seen);
}

function requireSupportedModel(whose: string, model: unknown): void {
  if (model === undefined || typeof model === "string") return;
  throw notSupported(
    `${whose} is a model instance, which`,
    "the runner would call it outside of the journal. Give its name, and what makes it as the option modelProvider: " +
      "{ getModel: (name) => … }",
  );
}

function requireSupportedSettings(whose: string, { retry, timeoutMs }: ModelSettings = {}): void {
  const instead = "it follows the clock of each replay; use the option retryPolicy of durableRun";
  if (retry) throw notSupported(`modelSettings.retry of ${whose}`, instead);
  if (timeoutMs !== undefined) throw notSupported(`modelSettings.timeoutMs of ${whose}`, instead);
}

function requireSupportedServer(server: MCPServer, agent: AnyAgent): void {
  if (isDurableMcpServer(server)) return;
  const instead = "what its tools do would not be in the journal; wrap it: durableMcpServer(server)";
  throw notSupported(`The MCP server ${server.name} of ${agent.name}`, instead);
}

function requireSupportedTool(tool: Tool, agent: AnyAgent, seen: Set<AnyAgent>): void {
  const whose = `The tool ${tool.name} of ${agent.name}`;
  if (tool.type === "hosted_tool") {
    if (hostedTools.includes(String(tool.providerData?.type ?? tool.name))) return;
    throw notSupported(whose, `of the tools that run at the provider, it takes ${hostedTools.join(", ")}`);
  }
  if (tool.type !== "function") {
    throw notSupported(
      whose,
      "it acts outside of the journal; make it a durableTool that acts in restateContext().run",
    );
  }
  const durability = durabilityOf(tool);
  if (!durability) {
    throw notSupported(
      `${whose}, made by tool() or asTool(),`,
      "the SDK shows its errors to the model, TerminalErrors and cancellations too. Make it with durableTool(…) or " +
        "durableAgentTool(agent, …), which take the same options",
    );
  }
  if (durability.agent) requireSupportedAgent(durability.agent, seen);
}

/**
 * Notes whose turn it is, before each model call: the SDK does not tell the model. Agents that are made on the way, by a
 * handoff, are looked at here.
 *
 * @param filter the user's own, which is called as ever
 */
export const noteAgent =
  (filter?: CallModelInputFilter): CallModelInputFilter =>
  (args) => {
    const scope = currentScope();
    if (scope) scope.agent = args.agent;
    requireSupportedAgent(args.agent);
    return filter ? filter(args) : args.modelData;
  };
