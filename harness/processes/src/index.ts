export * from "./ingress.ts";
export * from "./journal.ts";
export * from "./options.ts";
export * from "./packed.ts";
export * from "./processes.ts";
export * from "./repository.ts";
export * from "./restate-server.ts";
export * from "./subject.ts";
