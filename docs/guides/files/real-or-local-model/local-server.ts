import { onInterrupt, portNumber } from "@durable-agents/crash-harness";
import { startMockModel } from "@durable-agents/testkit";
import { Command } from "commander";

// A server that speaks OpenAI's API, in place of Ollama, vLLM or LM Studio where there is no room for a real model.
const { port, latency } = new Command("local-server.ts")
  .description("Serves the mock model as a server that speaks OpenAI's Responses and Chat Completions.")
  .option("--port <port>", "where it listens", portNumber, Number(process.env.MODEL_PORT || 4010))
  .option("--latency <ms>", "how long an answer takes", Number, 200)
  .parse()
  .opts<{ port: number; latency: number }>();

const server = await startMockModel({ port, latency });
onInterrupt(async () => {
  await server[Symbol.asyncDispose]();
});
console.log(`A server that speaks OpenAI's API is up on ${server.baseUrl}`);
for (let printed = 0; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
  for (; printed < server.calls.length; printed++) {
    console.log(`${server.calls[printed]?.model} was asked by ${server.calls[printed]?.agent}`);
  }
}
