import { lane } from "@durable-agents/lanes";
import { type AgentMiddleware, createMiddleware } from "langchain";
import { currentScope, fail, inScope } from "./scope.ts";

/**
 * A middleware for `createAgent`, for agents that durableInvoke invokes: its model calls are steps of the journal under the agent's
 * own name, which errors begin with too; its tool calls are lanes; and a TerminalError of a tool ends the run.
 *
 * @param options whose model it is
 * @param options.name the agent's name
 */
export const durableMiddleware = ({ name }: { name: string }): AgentMiddleware =>
  createMiddleware({
    name: "Durable",
    wrapModelCall: async (request, handler) => {
      const scope = currentScope();
      return scope ? inScope({ ...scope, name }, () => handler(request)) : handler(request);
    },
    wrapToolCall: async (request, handler) => {
      const scope = currentScope();
      if (!scope) return handler(request);
      return lane(scope.ctx, async () => handler(request)).catch((error) => fail(scope.run, error));
    },
  });
