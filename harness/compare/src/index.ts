export * from "./controls.ts";
export * from "./patterns.ts";
export * from "./present.ts";
export * from "./results.ts";
export * from "./same-work.ts";
export { type StruckRequest, sendToCrashPoints } from "./strike.ts";
export * from "./subjects.ts";
