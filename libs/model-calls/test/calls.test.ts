import { waitFor } from "@durable-agents/crash-harness";
import { refused, serveForTest } from "@durable-agents/testkit/library-test";
import { type Context, RestatePromise, service } from "@restatedev/restate-sdk";
import { beforeEach, expect, test } from "vitest";
import { attempt, callModel, callModels, defaultRetryPolicy, type ModelCall } from "../src/index.ts";

/** Who was asked since the test began, in order. */
const asked: string[] = [];
/** What each model does when it is asked. */
let models: Record<string, (signal: AbortSignal) => Promise<string | undefined>>;

const countOf = (name: string) => asked.filter((model) => model === name).length;

const modelCall = (name: string): ModelCall<string | undefined> => ({
  name,
  ask: async (signal) => {
    asked.push(name);
    return models[name]?.(signal);
  },
});

const policy = { ...defaultRetryPolicy, firstRetryDelay: 10 };

const agent = service({
  name: "Agent",
  handlers: {
    one: async (ctx: Context, name: string) => callModel(ctx, modelCall(name), policy),
    several: async (ctx: Context, names: string[]) => callModels(ctx, names.map(modelCall), policy),
    twice: async (ctx: Context, name: string) => {
      const same = modelCall(name);
      return callModels(ctx, [same, same], policy);
    },
    // What Restate does by itself, with the same limit.
    withoutFaultsInJournal: async (ctx: Context, names: string[]) =>
      RestatePromise.all(
        names.map((name) =>
          ctx.run(name, () => modelCall(name).ask(AbortSignal.timeout(60_000)), {
            maxRetryAttempts: 3,
            initialRetryInterval: 10,
          }),
        ),
      ),
    // What the adapter of an SDK does that makes the step itself.
    attempt: async (ctx: Context, name: string) =>
      ctx.run(name, () => attempt(ctx, modelCall(name), { ...policy, answerTimeout: 500 })),
  },
});

const served = serveForTest([agent]);

beforeEach(() => {
  asked.length = 0;
  models = {};
});

const httpError = (status: number, headers = {}) => Object.assign(new Error("nope"), { status, headers });

/** A model that gives errors first and then an answer. */
function failing(...errors: unknown[]) {
  const left = [...errors];
  return async () => {
    if (left.length > 0) throw left.shift();
    return "an answer";
  };
}

async function alwaysFailing(error: unknown): Promise<never> {
  throw error;
}

/** Calls a handler, and returns what came back with the names of the steps whose results are in its journal. */
async function call(handler: string, input: string | string[]) {
  const id = await served.send(handler, input);
  const reply = await served.environment.ingress.attach(id);
  const entries = await served.environment.server.query<{ entry_type: string; name: string }>(
    `SELECT entry_type, name FROM sys_journal WHERE id = '${id}' ORDER BY index`,
  );
  const commands = entries.filter(({ entry_type }) => entry_type.startsWith("Command:"));
  return { ...reply, commands: commands.map(({ entry_type, name }) => name || entry_type.replace("Command: ", "")) };
}

test("a fault and the answer after it are an entry each, with a durable timer in between", async () => {
  models.Moody = failing(httpError(503));
  const { status, body, commands } = await call("one", "Moody");
  expect({ status, body }).toEqual({ status: 200, body: "an answer" });
  expect(commands).toEqual(["Input", "Moody", "Sleep", "Moody", "Output"]);
  expect(countOf("Moody")).toBe(2);
  expect(await served.newErrors()).toEqual([]);
});

test("a call in flight beside a faulty one is not repeated", async () => {
  models.Moody = failing(httpError(503), httpError(429));
  const steps = await served.environment.journal.completedSteps();
  // It has its answer when the fault of the other one is in the journal.
  models.Steady = async () => {
    await waitFor("a fault is journaled", async () => (await served.environment.journal.completedSteps()) > steps);
    return "the other answer";
  };
  const { status, body, commands } = await call("several", ["Moody", "Steady"]);
  expect({ status, body }).toEqual({ status: 200, body: ["an answer", "the other answer"] });
  expect(commands).toEqual(["Input", "Moody", "Steady", "Sleep", "Moody", "Sleep", "Moody", "Output"]);
  expect(countOf("Steady")).toBe(1);
  expect(countOf("Moody")).toBe(3);
  expect(await served.newErrors()).toEqual([]);
});

test("the same call twice is two calls, and no answer is one", async () => {
  models.Silent = async () => undefined;
  const { status, body } = await call("twice", "Silent");
  expect({ status, body }).toEqual({ status: 200, body: [null, null] });
  expect(countOf("Silent")).toBe(2);
  expect((await call("several", [])).body).toEqual([]);
});

test.each([
  ["after three attempts", httpError(503), 3, 503, /^Moody: .*503: nope \(given up after 3 attempts\)$/],
  ["at once, where no retry helps", httpError(401), 1, 401, /^Moody: .*401: nope\. Set OPENAI_API_KEY/],
  [
    "at once, where it would have to wait for too long",
    httpError(429, { "retry-after": "121" }),
    1,
    429,
    /^Moody: .*asks for 121 s of rest, more than 120 s/,
  ],
])("the caller gets the error %s", async (_, error, attempts, code, message) => {
  models.Moody = () => alwaysFailing(error);
  const { status, body } = await call("one", "Moody");
  expect({ status, body }).toEqual(refused(code, message));
  expect(countOf("Moody")).toBe(attempts);
  expect(await served.newErrors()).toEqual([]);
});

test("Retry-After is honoured", async () => {
  const times: number[] = [];
  const answer = failing(httpError(429, { "retry-after-ms": "300" }));
  models.Moody = () => {
    times.push(Date.now());
    return answer();
  };
  expect((await call("one", "Moody")).status).toBe(200);
  const [first, second] = times as [number, number];
  expect(second - first).toBeGreaterThanOrEqual(290);
});

test("an answer that does not come is a fault, and its call is told to end", async () => {
  const reasons: string[] = [];
  models.Stalled = (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason.name);
        reject(new Error("the client's own words"));
      });
    });
  const { status, body } = await call("attempt", "Stalled");
  const fault = { message: "Stalled: the model gave no answer in time", code: 504, retryable: true };
  expect({ status, body }).toEqual({ status: 200, body: { fault } });
  expect(reasons).toEqual(["TimeoutError"]);
});

test("without faults in the journal, the call in flight is repeated", async () => {
  const answer = failing(httpError(503));
  models.Moody = async () => {
    await waitFor("the other one is in flight", () => countOf("Steady") > 0);
    return answer();
  };
  models.Steady = async () => {
    await waitFor("the other one is retried", () => countOf("Moody") === 2);
    return "the other answer";
  };
  const { status, body } = await call("withoutFaultsInJournal", ["Moody", "Steady"]);
  expect({ status, body }).toEqual({ status: 200, body: ["an answer", "the other answer"] });
  expect(countOf("Steady")).toBe(2);
  expect(await served.newErrors()).not.toEqual([]);
});
