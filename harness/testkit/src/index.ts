export * from "@durable-agents/processes";
// Named, since they take the place of the crash harness's own.
export { Bench } from "./bench.ts";
export * from "./implementations.ts";
export { MockModel } from "./mock-model.ts";
export * from "./model-answers/index.ts";
export * from "./mutation.ts";
export * from "./requests.ts";
