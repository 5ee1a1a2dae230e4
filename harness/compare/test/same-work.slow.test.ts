import { freshKey, Ingress, type Reply, type SystemUnderTest } from "@durable-agents/crash-harness";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findSystems, workProblem } from "../src/index.ts";

let running: SystemUnderTest;
beforeAll(async () => {
  const reference = findSystems().find(({ info }) => info.name === "restate-only");
  if (!reference) throw new Error("There is no restate-only in packages/");
  running = await reference.start();
});
afterAll(() => running?.[Symbol.asyncDispose]());

/** A client whose calls may go another way. */
class Detour extends Ingress {
  readonly #way: (path: string, call: (path: string) => Promise<Reply>) => Promise<Reply>;

  constructor(way: (path: string, call: (path: string) => Promise<Reply>) => Promise<Reply>) {
    super(running.ingress.url);
    this.#way = way;
  }

  override call(path: string, body: unknown): Promise<Reply> {
    return this.#way(path, (actual) => super.call(actual, body));
  }
}

const problemWith = (way: ConstructorParameters<typeof Detour>[0]) =>
  workProblem({ ...running, ingress: new Detour(way) });

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

test("a system that is not there is a problem, too", async () => {
  const problem = await problemWith(() => Promise.reject(new TypeError("fetch failed")));
  expect(problem).toBe("claim-analysis: fetch failed");
});
