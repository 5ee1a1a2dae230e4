export * from "./controls.ts";
export * from "./patterns.ts";
export * from "./results.ts";
export * from "./subjects.ts";
