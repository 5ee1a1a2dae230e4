import { controlTest } from "@durable-agents/compare/control-test";

controlTest("dbos", { resumedBy: "itself", attempts: 3 });
