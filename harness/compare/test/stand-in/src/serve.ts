import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import * as agents from "@durable-agents/shared/agents";
import type { Claim } from "@durable-agents/shared/contracts/claim";

// PAUSE: how many milliseconds it wastes before each model call. ROUTER: how the router goes wrong.
const { OPENAI_BASE_URL, PAUSE = "0", PORT, ROUTER, STARTS = "yes" } = process.env;
if (STARTS === "no") throw new Error("It was told not to start");

async function ask(agent: { instructions: string }, prompt: string, schema?: object): Promise<string> {
  if (PAUSE !== "0") await delay(Number(PAUSE));
  const response = await fetch(`${OPENAI_BASE_URL}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "mock",
      input: [
        { role: "system", content: agent.instructions },
        { role: "user", content: prompt },
      ],
      ...(schema && { text: { format: { type: "json_schema", name: "answer", schema } } }),
    }),
  });
  const { output } = (await response.json()) as { output: { content: { text: string }[] }[] };
  return output[0]?.content[0]?.text ?? "";
}

let forgotten = false;

const handlers: Record<string, (input: never) => Promise<unknown>> = {
  "/AgentRouter/answer": async ({ message }: { message: string }) => {
    if (ROUTER === "hangs") await new Promise(() => undefined);
    if (ROUTER === "fails") throw new Error("It was told to fail");
    if (ROUTER === "asks twice") await ask(agents.supportRouter, message, {});
    await ask(agents.supportRouter, message, {});
    const text = await ask(agents.supportAgents.billing, message);
    if (ROUTER !== "forgets" || forgotten) return text;
    forgotten = true;
    throw new Error("It had nowhere to put the answer");
  },
  "/ParallelAgentClaimApproval/run": async (claim: Claim) => {
    const specialists = [agents.eligibilityAgent, agents.rateComparisonAgent, agents.fraudCheckAgent];
    await Promise.all(specialists.map((agent) => ask(agent, agents.claimPrompt(claim))));
    return ask(agents.claimDecider, agents.claimPrompt(claim));
  },
  "/ResearchReport/generate": async ({ topic }: { topic: string }) => {
    const { tasks } = JSON.parse(await ask(agents.researchPlanner, agents.topicPrompt(topic), {}));
    const most = Number(process.env.MAX_RESEARCH_TASKS ?? 4);
    if (tasks.length > most) throw new Error(`A plan has at most ${most} tasks`);
    const answer = async ({ question }: { question: string }) => ({
      question,
      answer: await ask(agents.researcher, question),
    });
    const findings = await Promise.all((tasks as { question: string }[]).map(answer));
    return { report: await ask(agents.reportWriter, agents.reportPrompt(topic, findings)), taskCount: tasks.length };
  },
};

createServer(async (request, response) => {
  const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
  try {
    const handler = handlers[request.url ?? ""];
    if (!handler) throw new Error(`There is no ${request.url}`);
    answer(200, await handler((await json(request)) as never));
  } catch (error) {
    answer(500, { message: (error as Error).message });
  }
}).listen(Number(PORT));
