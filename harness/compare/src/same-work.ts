import { expectAnswer } from "@durable-agents/conformance";
import { callPath, type ExampleRequest, exampleRequest, exampleRequests, freshKey } from "@durable-agents/testkit";
import type { RunningSubject } from "./subjects.ts";

/** How long an undisturbed request may take, in milliseconds, with a model that answers at once. */
export const ANSWER_TIMEOUT = 30_000;

/**
 * Says whether a subject does the work that is compared: every example request, and a second claim in a session.
 *
 * @param running one that nobody else uses meanwhile: its model is reset, and the calls are counted
 * @returns what is wrong first, in a sentence that names the request: the status, a body that does not fit the contract,
 *   or the number of model calls; undefined if nothing is
 */
export async function workProblem(running: RunningSubject): Promise<string | undefined> {
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
 * A subject's answers to all example requests, by the request's name. The mock model answers equal questions alike, so
 * subjects that do the same work give equal answers.
 *
 * @throws WorkError if a status, a body or a number of model calls is not as the contract says
 */
export async function answersOf(running: RunningSubject): Promise<Record<string, unknown>> {
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
async function secondClaim(running: RunningSubject): Promise<void> {
  const request = exampleRequest("session-medical");
  const again = { ...request, name: `${request.name}, a second time in the session` };
  const session = freshKey("session");
  const first = await perform(running, request, session, request.modelCalls);
  const second = await perform(running, again, session, 1);
  if (second === first) throw new WorkError(`${again.name}: answered as if there had been no first claim`);
}

async function perform({ client, model }: RunningSubject, request: ExampleRequest, session: string, calls: number) {
  const { name } = request;
  model.reset();
  // A service that always fails is retried by Restate for ever.
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT);
  const reply = await client.call(callPath(request, session), request.body, { signal }).catch((error: Error) => {
    throw new WorkError(`${name}: no answer (${error.message}${error.cause ? `: ${error.cause}` : ""})`);
  });
  try {
    expectAnswer(request.call, reply);
  } catch (error) {
    throw new WorkError(`${name}: ${(error as Error).message}`);
  }
  if (model.calls.length !== calls) {
    throw new WorkError(`${name}: ${model.calls.length} model calls instead of ${calls}`);
  }
  return reply.body;
}
