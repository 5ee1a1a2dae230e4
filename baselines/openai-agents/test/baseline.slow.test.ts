import { baselineTest } from "@durable-agents/compare/baseline-test";

baselineTest("openai-agents-plain", { attempts: 3 });
