import assert from "node:assert/strict";
import {
  callPath,
  type ExampleRequest,
  freshKey,
  type Recorded,
  type RecordedCall,
  type Reply,
  type TestEnvironment,
  waitFor,
} from "@durable-agents/crash-harness";
import { contracts } from "@durable-agents/shared/contracts/index";

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
export function countByKey(calls: Recorded[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of calls) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Describes calls in an error message. */
export const list = (calls: Recorded[]) =>
  calls
    .map((call) => `${call.label} (${call.outcome}): ${"prompt" in call ? String(call.prompt).slice(0, 60) : ""}`)
    .join("\n  ");

/** @throws if a logical call was made more than once */
export function expectNoRepeats(calls: Recorded[]): void {
  for (const [key, count] of countByKey(calls)) {
    assert.equal(count, 1, `made ${count} times: ${list(calls.filter((call) => call.key === key))}`);
  }
}

/** @throws if attempts failed and were retried since `before`, which counts those there were */
export async function expectNoTransientErrors(
  { journal }: Pick<TestEnvironment, "journal">,
  before: number,
): Promise<void> {
  const errors = (await journal.transientErrors()).slice(before);
  assert.deepEqual(errors, [], "Restate had to retry an attempt");
}

/** Calls an example request; sessions get a key of their own unless one is given. */
export function callExample(
  environment: TestEnvironment,
  request: ExampleRequest,
  sessionId = freshKey("session"),
): Promise<Reply> {
  return environment.ingress.call(callPath(request, sessionId), request.body);
}

/** Runs an example request without a crash; returns its answer and the model calls that it took. */
export async function withoutCrash(
  environment: TestEnvironment,
  request: ExampleRequest,
): Promise<{ body: unknown; calls: RecordedCall[] }> {
  environment.model.reset();
  const reply = await callExample(environment, request);
  expectAnswer(request.call, reply);
  const calls = [...environment.model.calls];
  environment.model.reset();
  return { body: reply.body, calls };
}

/** How often the server is asked whether something has come, in milliseconds: each time takes it about ten. */
const journalInterval = 100;

/** Waits until the server's journals say so. */
export const waitForJournal = (what: string, condition: () => Promise<boolean>): Promise<void> =>
  waitFor(what, condition, { interval: journalInterval });

/** Waits until all that an invocation started is over. */
export const waitForQuiet = ({ journal }: TestEnvironment): Promise<void> =>
  waitForJournal("all invocations are over", async () => (await journal.open()).length === 0);
