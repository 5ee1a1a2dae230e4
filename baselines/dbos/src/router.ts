import { DBOS } from "@dbos-inc/dbos-sdk";
import { endpoint } from "@durable-agents/baseline-http";
import { generateText, Output } from "ai";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter, Routing } from "#shared/contracts/router";
import { asking } from "./model.ts";
import { running } from "./workflows.ts";

const answer = DBOS.registerWorkflow(
  async ({ message }: { message: string }) => {
    const { output: routing } = await generateText({
      ...asking(supportRouter),
      prompt: message,
      output: Output.object({ schema: Routing }),
    });
    if (routing.specialist === "none") return routing.reply;

    const { text } = await generateText({ ...asking(supportAgents[routing.specialist]), prompt: message });
    return text;
  },
  { name: "AgentRouter/answer" },
);

export const agentRouter = endpoint(AgentRouter, { answer: running("AgentRouter/answer", answer) });
