import { endpoint } from "@durable-agents/baseline-http";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { Annotation, Command, END, START, StateGraph } from "@langchain/langgraph";
import type { AgentProfile } from "#shared/agents/agent";
import { claimAgents, claimIntake, claimPrompt } from "#shared/agents/claims";
import type { Claim } from "#shared/contracts/claim";
import {
  type ClaimSpecialist,
  claimSpecialists,
  Intake,
  MAX_SESSION_MESSAGES,
  MultiAgentClaimSession,
} from "#shared/contracts/claim-session";
import { chatModel } from "./model.ts";
import { checkpointer, withThread } from "./threads.ts";

const intake = chatModel(claimIntake).withStructuredOutput(Intake);

const State = Annotation.Root({
  /** The request that is being worked on, and its claim. */
  key: Annotation<string>,
  claim: Annotation<Claim>,
  /** The specialist of this session, once that is known. */
  specialist: Annotation<ClaimSpecialist | undefined>,
  /** The conversation: claims and their answers, by turns. A claim gets in with its answer, so a failed one is not there. */
  messages: Annotation<BaseMessage[]>({
    reducer: (all, turn) => [...all, ...turn].slice(-MAX_SESSION_MESSAGES),
    default: () => [],
  }),
});
type State = typeof State.State;

/** A claim as a message; by its id it is found when the same request comes again. */
const claimMessage = ({ key, claim }: State) => new HumanMessage({ id: key, content: claimPrompt(claim) });

const conversation = ({ instructions }: AgentProfile, state: State) => [
  { role: "system" as const, content: instructions },
  ...state.messages,
  claimMessage(state),
];

const specialist = (agent: AgentProfile) => {
  const model = chatModel(agent);
  return async (state: State) => ({
    messages: [claimMessage(state), await model.invoke(conversation(agent, state))],
  });
};

const sessionGraph = new StateGraph(State)
  .addNode(
    "intake",
    async (state: State) => {
      const { specialist, reply } = await intake.invoke(conversation(claimIntake, state));
      if (specialist !== "none") return new Command({ goto: specialist, update: { specialist } });
      return new Command({ goto: END, update: { messages: [claimMessage(state), new AIMessage(reply)] } });
    },
    { ends: [...claimSpecialists, END] },
  )
  .addNode("medical", specialist(claimAgents.medical))
  .addNode("car", specialist(claimAgents.car))
  .addConditionalEdges(START, ({ specialist }) => specialist ?? "intake", ["intake", ...claimSpecialists])
  .addEdge("medical", END)
  .addEdge("car", END)
  .compile({ checkpointer });

/** The answer to a request, if it has one. */
function answerTo(key: string, messages: BaseMessage[] = []): string | undefined {
  const position = messages.findIndex(({ id }) => id === key);
  return position < 0 ? undefined : messages[position + 1]?.text;
}

export const multiAgentClaimSession = endpoint(MultiAgentClaimSession, {
  // The session is the thread, and has many requests: one that was stopped goes on, if it is the newest; the others begin.
  run: (claim, { sessionId, idempotencyKey: key }) =>
    withThread(`MultiAgentClaimSession ${sessionId}`, async (thread) => {
      const { values, tasks } = await sessionGraph.getState(thread);
      const answered = answerTo(key, values.messages);
      if (answered !== undefined) return answered;
      const stopped = values.key === key && tasks.length > 0;
      const { messages } = await sessionGraph.invoke(stopped ? null : { key, claim }, thread);
      return answerTo(key, messages) ?? "";
    }),
});
