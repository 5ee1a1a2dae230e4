import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import {
  claimDecider,
  claimPrompt,
  eligibilityAgent,
  fraudCheckAgent,
  rateComparisonAgent,
} from "@durable-agents/shared/agents/claims";
import {
  reportPrompt,
  reportWriter,
  researcher,
  researchPlanner,
  topicPrompt,
} from "@durable-agents/shared/agents/orchestrator-worker";
import { supportAgents, supportRouter } from "@durable-agents/shared/agents/router";
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
    if (ROUTER === "asks twice") await ask(supportRouter, message, {});
    await ask(supportRouter, message, {});
    const text = await ask(supportAgents.billing, message);
    if (ROUTER !== "forgets" || forgotten) return text;
    forgotten = true;
    throw new Error("It had nowhere to put the answer");
  },
  "/ParallelAgentClaimApproval/run": async (claim: Claim) => {
    const specialists = [eligibilityAgent, rateComparisonAgent, fraudCheckAgent];
    await Promise.all(specialists.map((agent) => ask(agent, claimPrompt(claim))));
    return ask(claimDecider, claimPrompt(claim));
  },
  "/ResearchReport/generate": async ({ topic }: { topic: string }) => {
    const { tasks } = JSON.parse(await ask(researchPlanner, topicPrompt(topic), {}));
    const most = Number(process.env.MAX_RESEARCH_TASKS ?? 4);
    if (tasks.length > most) throw new Error(`A plan has at most ${most} tasks`);
    const answer = async ({ question }: { question: string }) => ({
      question,
      answer: await ask(researcher, question),
    });
    const findings = await Promise.all((tasks as { question: string }[]).map(answer));
    return { report: await ask(reportWriter, reportPrompt(topic, findings)), taskCount: tasks.length };
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
