import { callTools, type ModelAnswer, type ModelRequest, newestQuestion } from "@durable-agents/crash-harness";

/** Chooses a specialist in the way that the request offers: a structured answer, a handoff tool, or prose. */
export function chooseSpecialist(request: ModelRequest, specialists: readonly string[], choice: string): ModelAnswer {
  const reply = choice === "none" ? `You do not need a specialist for this: "${newestQuestion(request)}"` : "";
  if (request.schema) return { object: { specialist: choice, reply } };
  const handoff = request.tools.find(({ name }) => specialists.includes(choice) && name.toLowerCase().includes(choice));
  return handoff ? callTools([handoff]) : { text: reply };
}
