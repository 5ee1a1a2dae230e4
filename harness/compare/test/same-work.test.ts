import { freshKey, Ingress, type Reply } from "@durable-agents/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findSubjects, type RunningSubject, workProblem } from "../src/index.ts";

let running: RunningSubject;
beforeAll(async () => {
  const reference = findSubjects().find(({ info }) => info.name === "restate-only");
  if (!reference) throw new Error("There is no restate-only in packages/");
  running = await reference.start();
}, 60_000);
afterAll(() => running?.[Symbol.asyncDispose]());

/** A caller for whom some calls go another way. */
class Detour extends Ingress {
  readonly #way: (path: string, call: (path: string) => Promise<Reply>) => Promise<Reply>;

  constructor(way: (path: string, call: (path: string) => Promise<Reply>) => Promise<Reply>) {
    super(running.client.url);
    this.#way = way;
  }

  override call(path: string, body: unknown): Promise<Reply> {
    return this.#way(path, (actual) => super.call(actual, body));
  }
}

const problemWith = (way: ConstructorParameters<typeof Detour>[0]) =>
  workProblem({ ...running, client: new Detour(way) });

test("the reference does the work", async () => {
  expect(await workProblem(running)).toBeUndefined();
});

test("a handler that is missing is named with its status", async () => {
  const problem = await problemWith((path, call) => call(path.replace("AgentRouter/answer", "AgentRouter/reply")));
  expect(problem).toMatch(/^router-account: AgentRouter\/answer answered 404: /);
});

test("an answer that does not fit the contract is named", async () => {
  const problem = await problemWith(async (path, call) => {
    const { status, body } = await call(path);
    return { status, body: path === "ResearchReport/generate" ? { ...(body as object), taskCount: 1 } : body };
  });
  expect(problem).toMatch(/^research-durable-execution: .*ResearchReport\/generate does not fit.*taskCount/s);
});

test("a model call too many is named", async () => {
  const problem = await problemWith(async (path, call) => {
    if (path === "FraudCheckAgent/run") await call(path);
    return call(path);
  });
  expect(problem).toBe("claim-fraud: 2 model calls instead of 1");
});

test("a session that forgets is found", async () => {
  const problem = await problemWith((path, call) => call(path.replace(/session-\w+/, freshKey("other"))));
  expect(problem).toBe("session-medical, a second time in the session: 2 model calls instead of 1");
});

test("a subject that is not there is a problem, too", async () => {
  const problem = await problemWith(() => Promise.reject(new TypeError("fetch failed")));
  expect(problem).toBe("claim-analysis: no answer (fetch failed)");
});
