export * from "@durable-agents/processes";
export * from "./bench.ts";
export * from "./crash.ts";
export * from "./implementations.ts";
export * from "./mock-model.ts";
export type { ModelAnswer, ModelRequest } from "./model-answers.ts";
export * from "./mutation.ts";
export * from "./requests.ts";
