import { Annotation, Command, END, START, StateGraph } from "@langchain/langgraph";
import { implement } from "@restatedev/restate-sdk";
import type { AgentProfile } from "#shared/agents/agent";
import { supportAgents, supportRouter } from "#shared/agents/router";
import { AgentRouter, Routing, supportSpecialists } from "#shared/contracts/router";
import { chatModel, invoke, prompt } from "./durable-model.ts";

// #region route
const router = chatModel(supportRouter).withStructuredOutput(Routing);

const State = Annotation.Root({ message: Annotation<string>, reply: Annotation<string> });

const specialist = (agent: AgentProfile) => {
  const model = chatModel(agent);
  return async ({ message }: typeof State.State) => ({ reply: (await model.invoke(prompt(agent, message))).text });
};

export const supportGraph = new StateGraph(State)
  .addNode(
    "route",
    async ({ message }) => {
      // The decision is in the journal: after a crash the message goes to the same specialist.
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
  .compile();

export const agentRouter = implement(AgentRouter, {
  handlers: {
    answer: async (ctx, { message }) => (await invoke(ctx, supportGraph, { message })).reply,
  },
});
// #endregion route
