export { type Hints, InvalidResponseError, MissingKeyError, type RetryPolicy } from "@durable-agents/model-calls";
export type { ModelAnswer } from "./check-answer.ts";
export { type DurableInvokeOptions, durableInvoke, type Invocable } from "./durable-invoke.ts";
export { durableMiddleware } from "./durable-middleware.ts";
export { RestateMessages } from "./restate-messages.ts";
export { restateContext } from "./scope.ts";
