import { endpoint } from "@durable-agents/baseline-http";
import { Annotation, Command, END, START, StateGraph } from "@langchain/langgraph";
import type { AgentProfile } from "#shared/agents/agent";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter, Routing, supportSpecialists } from "#shared/contracts/router";
import { chatModel, prompt } from "./model.ts";
import { checkpointer, runThread } from "./threads.ts";

const router = chatModel(supportRouter).withStructuredOutput(Routing);

const State = Annotation.Root({ message: Annotation<string>, reply: Annotation<string> });

const specialist = (agent: AgentProfile) => {
  const model = chatModel(agent);
  return async ({ message }: typeof State.State) => ({ reply: (await model.invoke(prompt(agent, message))).text });
};

const supportGraph = new StateGraph(State)
  .addNode(
    "route",
    async ({ message }) => {
      const { specialist, reply } = await router.invoke(prompt(supportRouter, message));
      return new Command({ goto: specialist === "none" ? END : specialist, update: { reply } });
    },
    { ends: [...supportSpecialists, END] },
  )
  .addNode("billing", specialist(supportAgents.billing))
  .addNode("account", specialist(supportAgents.account))
  .addNode("product", specialist(supportAgents.product))
  .addEdge(START, "route")
  .addEdge("billing", END)
  .addEdge("account", END)
  .addEdge("product", END)
  .compile({ checkpointer });

export const agentRouter = endpoint(AgentRouter, {
  answer: async ({ message }, { idempotencyKey }) =>
    (await runThread(supportGraph, { message }, `AgentRouter ${idempotencyKey}`)).reply,
});
