import { controlTest } from "@durable-agents/compare/control-test";

controlTest("vercel-ai-plain", { attempts: 3 });
