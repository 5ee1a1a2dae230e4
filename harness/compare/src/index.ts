export * from "./controls.ts";
export { type StruckRequest, sendToCrashPoints } from "./crashes/strike.ts";
export * from "./patterns.ts";
export * from "./present.ts";
export * from "./results.ts";
export * from "./same-work.ts";
export * from "./subjects.ts";
