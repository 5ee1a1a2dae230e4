export {
  type Hints,
  InvalidResponseError,
  MissingKeyError,
  type RetryPolicy,
} from "@durable-agents/model-calls";
export type { ModelAnswer } from "./check-answer.ts";
export { durableMcpServer } from "./durable-mcp-server.ts";
export { openAIModels } from "./durable-model.ts";
export { type DurableRunOptions, durableRun } from "./durable-run.ts";
export { durableAgentTool, durableInputGuardrail, durableOutputGuardrail, durableTool } from "./durable-tool.ts";
export { RestateSession } from "./restate-session.ts";
export { restateContext } from "./scope.ts";
