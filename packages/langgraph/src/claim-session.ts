import { RestateMessages } from "@durable-agents/langchain";
import { HumanMessage } from "@langchain/core/messages";
import { Annotation, Command, END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { implement } from "@restatedev/restate-sdk";
import type { AgentProfile } from "#shared/agents/agent";
import { claimAgents, claimIntake, claimPrompt } from "#shared/agents/claims";
import {
  type ClaimSpecialist,
  claimSpecialists,
  Intake,
  MAX_SESSION_MESSAGES,
  MultiAgentClaimSession,
} from "#shared/contracts/claim-session";
import { chatModel, invoke } from "./durable-model.ts";

// #region session
const intake = chatModel(claimIntake).withStructuredOutput(Intake);

const State = Annotation.Root({ ...MessagesAnnotation.spec, specialist: Annotation<ClaimSpecialist | undefined> });
type State = typeof State.State;

const conversation = ({ instructions }: AgentProfile, { messages }: State) => [
  { role: "system" as const, content: instructions },
  ...messages,
];

const specialist = (agent: AgentProfile) => {
  const model = chatModel(agent);
  return async (state: State) => ({ messages: await model.invoke(conversation(agent, state)) });
};

export const sessionGraph = new StateGraph(State)
  .addNode(
    "intake",
    async (state: State) => {
      const { specialist, reply } = await intake.invoke(conversation(claimIntake, state));
      if (specialist === "none")
        return new Command({ goto: END, update: { messages: [{ role: "ai", content: reply }] } });
      return new Command({ goto: specialist, update: { specialist } });
    },
    { ends: [...claimSpecialists, END] },
  )
  .addNode("medical", specialist(claimAgents.medical))
  .addNode("car", specialist(claimAgents.car))
  .addConditionalEdges(START, ({ specialist }) => specialist ?? "intake", ["intake", ...claimSpecialists])
  .addEdge("medical", END)
  .addEdge("car", END)
  .compile();

export const multiAgentClaimSession = implement(MultiAgentClaimSession, {
  handlers: {
    // A Virtual Object: one request at a time per session, and the state is stored with the journal.
    run: async (ctx, claim) => {
      const conversation = new RestateMessages(ctx, { maxMessages: MAX_SESSION_MESSAGES });
      const { messages, specialist } = await invoke(ctx, sessionGraph, {
        messages: [...(await conversation.load()), new HumanMessage(claimPrompt(claim))],
        specialist: (await ctx.get<ClaimSpecialist>("specialist")) ?? undefined,
      });
      conversation.save(messages);
      if (specialist) ctx.set("specialist", specialist);
      return messages.at(-1)?.text ?? "";
    },
  },
});
// #endregion session
