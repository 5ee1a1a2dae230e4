import { baselineTest } from "@durable-agents/compare/baseline-test";

baselineTest("vercel-ai-plain", { attempts: 3 });
