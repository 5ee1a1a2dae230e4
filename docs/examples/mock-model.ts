import { waitFor } from "@durable-agents/crash-harness";
import { startMockModel } from "@durable-agents/testkit";

await using model = await startMockModel();

/** Asks as any client of OpenAI's API does. */
async function ask(content: string): Promise<string> {
  const response = await fetch(`${model.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer mock" },
    body: JSON.stringify({ model: "gpt-4.1-mini", messages: [{ role: "user", content }] }),
  });
  if (!response.ok) return `${response.status}, Retry-After: ${response.headers.get("retry-after")}`;
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? "";
}

// The first call is told to come back in a second; the second one is answered.
model.addFault({ fault: { kind: "status", status: 429, retryAfterSeconds: 1 }, times: 1 });
console.log(await ask("Hello"));
console.log(await ask("Hello"));

// No call is answered until the test says so: this is how it kills a process at an exact moment.
model.hold();
const answers = [ask("first"), ask("second")];
await waitFor("both calls wait", async () => model.held.length === 2);
console.log(`${model.held.length} calls wait`);
model.stopHolding();
console.log((await Promise.all(answers)).join("\n"));

for (const { agent, prompt, outcome, key } of model.calls) console.log(`${agent}  ${prompt}  ${outcome}  ${key}`);
