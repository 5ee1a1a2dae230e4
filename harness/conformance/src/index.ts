export { clauseTitles } from "./check.ts";
export { expectAnswer } from "./expectations.ts";
export { formatResults, isConformant } from "./report.ts";
export { allChecks, type CheckResult, type ConformanceOptions, runConformance } from "./run.ts";
export { specTest } from "./spec-test.ts";
