import { baselineTest } from "@durable-agents/compare/baseline-test";

baselineTest("dbos", { recoveredBy: "itself", attempts: 3 });
