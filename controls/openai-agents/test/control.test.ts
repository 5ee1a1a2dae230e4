import { controlTest } from "@durable-agents/compare/control-test";

controlTest("openai-agents-plain", { attempts: 3 });
