export * from "./baselines.ts";
export * from "./present.ts";
export * from "./results.ts";
export * from "./same-work.ts";
export * from "./systems.ts";
