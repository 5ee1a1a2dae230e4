export * from "@durable-agents/crash-harness";
export * from "./environment.ts";
export * from "./packed.ts";
export * from "./postgres-server.ts";
export * from "./repository.ts";
