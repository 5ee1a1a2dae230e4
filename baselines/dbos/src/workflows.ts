import { DBOS } from "@dbos-inc/dbos-sdk";
import type { Call } from "@durable-agents/baseline-http";

/**
 * How often the database is asked for the result of a workflow that runs elsewhere, waits in a queue, or was recovered.
 * DBOS's own is a second, too long for a client that waits. What runs in this process is waited for without asking.
 */
export const polling = { pollingIntervalMs: 50 };

/**
 * A handler that runs a workflow. The workflow's id is the idempotency key: a client that retries, also after a crash, gets
 * the result of the same workflow.
 *
 * @param name the handler's: clients may use the same key for different handlers
 */
export const running =
  <Input, Output>(name: string, workflow: (input: Input) => Promise<Output>) =>
  (input: Input, { idempotencyKey }: Call): Promise<Output> =>
    resultOf(workflow, { workflowID: `${name}/${idempotencyKey}` }, input);

/** Under which id a workflow runs, and in which queue, if any. */
type StartOptions = Parameters<typeof DBOS.startWorkflow>[1];

/** Starts a workflow, or finds the one that has its id, and waits for the result. */
export async function resultOf<Input extends unknown[], Output>(
  workflow: (...input: Input) => Promise<Output>,
  options: StartOptions,
  ...input: Input
): Promise<Output> {
  const handle = await DBOS.startWorkflow(workflow, options)(...input);
  return handle.getResult(polling);
}

/**
 * Waits until all have ended and only then throws what one of them threw. DBOS advises against `Promise.all`, which leaves
 * a workflow while steps of it still run.
 */
export async function all<Result extends readonly unknown[]>(
  running: [...{ [Index in keyof Result]: Promise<Result[Index]> }],
): Promise<Result> {
  await Promise.allSettled(running);
  return (await Promise.all(running)) as unknown as Result;
}
