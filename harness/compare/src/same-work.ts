import { expectAnswer } from "@durable-agents/conformance";
import {
  callPath,
  type ExampleRequest,
  freshKey,
  type Reply,
  replyUnlessIdle,
  type SystemUnderTest,
} from "@durable-agents/crash-harness";
import { exampleRequest, exampleRequests } from "@durable-agents/testkit";

/**
 * Says whether a system does the work that is compared: every example request, and a second claim in a session.
 *
 * @param running one that is not used meanwhile: its model is reset, and the calls are counted
 * @returns what is wrong first, in a sentence that names the request: the status, a body that does not fit the contract,
 *   or the number of model calls; undefined if nothing is
 */
export async function workProblem(running: SystemUnderTest): Promise<string | undefined> {
  try {
    await answersOf(running);
    await secondClaim(running);
    return undefined;
  } catch (error) {
    if (error instanceof WorkError) return error.message;
    throw error;
  }
}

/**
 * A system's answers to all example requests, by the request's name. The mock model answers equal questions alike, so
 * systems that do the same work give equal answers.
 *
 * @throws WorkError if a status, a body or a number of model calls is not as the contract says
 */
export async function answersOf(running: SystemUnderTest): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const request of exampleRequests) {
    answers[request.name] = await perform(running, request, freshKey("session"), request.modelCalls);
  }
  return answers;
}

/** Does not do the work that is compared; the message says of which request, and what is wrong. */
export class WorkError extends Error {
  override name = "WorkError";
}

/** A session knows who decides on its claims, so the second one takes one call, and that sees the first claim. */
async function secondClaim(running: SystemUnderTest): Promise<void> {
  const request = exampleRequest("session-medical");
  const again = { ...request, name: `${request.name}, a second time in the session` };
  const session = freshKey("session");
  const first = await perform(running, request, session, request.modelCalls);
  const second = await perform(running, again, session, 1);
  if (second === first) throw new WorkError(`${again.name}: answered as if there had been no first claim`);
}

async function perform(system: SystemUnderTest, request: ExampleRequest, session: string, calls: number) {
  const { model } = system;
  model.reset();
  const reply = await replyUnlessIdle(system, callPath(request, session), request.body).catch((error: Error) => {
    throw new WorkError(`${request.name}: ${error.message}${error.cause ? `: ${error.cause}` : ""}`);
  });
  requireWork({ ...request, modelCalls: calls }, reply, model.calls.length);
  return reply.body;
}

/** @throws WorkError if a reply does not fit the contract, or took another number of model calls */
export function requireWork(
  { name, call, modelCalls }: Pick<ExampleRequest, "name" | "call" | "modelCalls">,
  reply: Reply,
  calls: number,
): void {
  try {
    expectAnswer(call, reply);
  } catch (error) {
    throw new WorkError(`${name}: ${(error as Error).message}`);
  }
  if (calls !== modelCalls) throw new WorkError(`${name}: ${calls} model calls instead of ${modelCalls}`);
}
