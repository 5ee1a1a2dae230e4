import assert from "node:assert/strict";
import { contracts } from "@durable-agents/shared/contracts/index";
import {
  type Bench,
  callPath,
  type ExampleRequest,
  freshKey,
  type RecordedCall,
  type Reply,
  waitFor,
} from "@durable-agents/testkit";

/** The handler of a contract that a path such as `ResearchReport/generate` calls. */
export function handlerOf(path: string) {
  const [service, handler] = [path.split("/")[0], path.split("/").at(-1)] as [string, string];
  const contract = contracts.find(({ name }) => name === service);
  const handlers = contract?._handlers as Record<string, { _outputSerde?: OutputSerde; _inputSerde?: OutputSerde }>;
  const found = handlers?.[handler];
  assert.ok(found, `The contract has no ${path}`);
  return found;
}

type OutputSerde = { deserialize(data: Uint8Array): unknown; jsonSchema?: object };

/** @throws if a reply is not a 200 whose body fits the contract */
export function expectAnswer(path: string, { status, body }: Reply): void {
  assert.equal(status, 200, `${path} answered ${status}: ${JSON.stringify(body)}`);
  try {
    handlerOf(path)._outputSerde?.deserialize(new TextEncoder().encode(JSON.stringify(body)));
  } catch (error) {
    assert.fail(`The output of ${path} does not fit the contract: ${error}`);
  }
}

/** @throws if a reply is not an error whose message matches */
export function expectError({ status, body }: Reply, pattern: RegExp, status400?: number): void {
  const message = (body as { message?: string }).message ?? JSON.stringify(body);
  assert.ok(status >= 400, `Expected an error that matches ${pattern}, got ${status}: ${message}`);
  if (status400 !== undefined) assert.equal(status, status400, message);
  assert.match(message, pattern);
}

/** How often each logical call was made. */
export function countByKey(calls: RecordedCall[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of calls) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Describes calls in an error message. */
export const list = (calls: RecordedCall[]) =>
  calls.map(({ agent, outcome, prompt }) => `${agent} (${outcome}): ${prompt.slice(0, 60)}`).join("\n  ");

/** @throws if a logical call was made more than once */
export function expectNoRepeats(calls: RecordedCall[]): void {
  for (const [key, count] of countByKey(calls)) {
    assert.equal(count, 1, `made ${count} times: ${list(calls.filter((call) => call.key === key))}`);
  }
}

/** @throws if attempts failed and were retried since `before`, which counts those there were */
export async function expectNoTransientErrors({ journal }: Pick<Bench, "journal">, before: number): Promise<void> {
  const errors = (await journal.transientErrors()).slice(before);
  assert.deepEqual(errors, [], "Restate had to retry an attempt");
}

/** Calls an example request; sessions get a key of their own unless one is given. */
export function callExample(bench: Bench, request: ExampleRequest, sessionId = freshKey("session")): Promise<Reply> {
  return bench.ingress.call(callPath(request, sessionId), request.body);
}

/** Runs an example request undisturbed; returns its answer and the model calls that it took. */
export async function undisturbed(
  bench: Bench,
  request: ExampleRequest,
): Promise<{ body: unknown; calls: RecordedCall[] }> {
  bench.model.reset();
  const reply = await callExample(bench, request);
  expectAnswer(request.call, reply);
  const calls = [...bench.model.calls];
  bench.model.reset();
  return { body: reply.body, calls };
}

/** Waits until all that an invocation started is over. */
export async function waitForQuiet(bench: Bench): Promise<void> {
  await waitFor("all invocations are over", async () =>
    (await bench.journal.invocations()).every(({ status }) => status === "completed"),
  );
}
