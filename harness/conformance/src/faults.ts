import assert from "node:assert/strict";
import type {
  ExampleRequest,
  ModelAnswer,
  ModelFault,
  RecordedCall,
  TestEnvironment,
} from "@durable-agents/crash-harness";
import { defaultRetryPolicy } from "@durable-agents/model-calls";
import { exampleRequest, exampleRequests } from "@durable-agents/testkit";
import type { Check } from "./check.ts";
import {
  callExample,
  countByKey,
  expectAnswer,
  expectError,
  expectNoRepeats,
  list,
  withoutCrash,
} from "./expectations.ts";

const { maxAttempts } = defaultRetryPolicy;

const by = (agent: string) => (call: RecordedCall) => call.agent === agent;
const status = (code: number): ModelFault => ({ kind: "status", status: code });
const says = (answer: ModelAnswer): ModelFault => ({ kind: "answer", answer });

/** Faults that pass, on the second of several model calls. */
const passing: [name: string, fault: ModelFault][] = [
  ["429", status(429)],
  ["500", status(500)],
  ["503", status(503)],
  ["reset", { kind: "reset" }],
];

const passingFaults = passing.map(
  ([name, fault]): Check => ({
    id: `F1-${name}`,
    title: `${name === "reset" ? "a reset connection" : name}, twice in a row: the third attempt counts, nothing before it is repeated`,
    run: async (environment) => {
      const request = exampleRequest("research-durable-execution");
      const expected = await withoutCrash(environment, request);
      await expectRetries(environment, request, expected, expected.calls[1] as RecordedCall, { times: 2, fault });
    },
  }),
);

export const faultChecks: Check[] = [
  ...passingFaults,
  {
    id: "F1-retry-after",
    title: "Retry-After is honoured",
    run: async (environment) => {
      environment.model.reset();
      const fault: ModelFault = { kind: "status", status: 429, retryAfterSeconds: 2 };
      environment.model.addFault({ times: 1, fault });
      const request = exampleRequest("router-no-specialist");
      expectAnswer(request.call, await callExample(environment, request));
      const [first, second] = environment.model.calls as [RecordedCall, RecordedCall];
      const waited = second.startedAt - (first.endedAt ?? 0);
      assert.ok(waited >= 1_990, `repeated after ${waited} ms, not after the 2 s that it was told`);
    },
  },
  {
    id: "F1-limit",
    title: "after three attempts the caller gets the error",
    run: async (environment) => {
      for (const [name, fault] of passing) {
        environment.model.reset();
        environment.model.addFault({ fault });
        const request = exampleRequest("claim-eligibility");
        expectError(await callExample(environment, request), /Eligibility specialist/);
        assert.equal(environment.model.calls.length, maxAttempts, `attempts at a call that always fails with ${name}`);
      }
    },
  },
  {
    id: "F1-every-call",
    slow: true,
    title: "a 503 at any one call of any pattern: that call is made twice, the others once",
    run: async (environment) => {
      for (const request of onePerHandler()) {
        const expected = await withoutCrash(environment, request);
        for (const faulty of expected.calls) {
          await expectRetries(environment, request, expected, faulty, { times: 1, fault: status(503) });
        }
      }
    },
  },
  ...(
    [
      [400, /400/],
      [401, /OPENAI_API_KEY/],
      [403, /OPENAI_API_KEY/],
      [404, /OPENAI_MODEL|OPENAI_BASE_URL/],
    ] as const
  ).map(
    ([code, saysWhatToDo]): Check => ({
      id: `F2-${code}`,
      title: `${code}: one attempt, and the error says what to do`,
      run: async (environment) => {
        environment.model.reset();
        environment.model.addFault({ fault: status(code) });
        for (const name of ["router-billing", "research-durable-execution", "multi-agent", "session-medical"]) {
          const before = environment.model.calls.length;
          expectError(await callExample(environment, exampleRequest(name)), saysWhatToDo);
          assert.equal(environment.model.calls.length - before, 1, `attempts of ${name}`);
        }
      },
    }),
  ),
  ...(
    [
      ["research", "research-durable-execution", "Researcher"],
      ["claim", "claim-analysis", "Fraud specialist"],
      ["tools", "multi-agent", "Fraud specialist"],
      ["remote-tools", "remote-agent", "Fraud specialist"],
      ["team", "team-software-feature", "Worker tester"],
    ] as const
  ).flatMap(([id, name, agent]): Check[] => [
    {
      id: `F4-${id}`,
      title: `${name}: ${agent} fails for good; the error names it, the others are asked once`,
      run: (environment) => expectOneFailure(environment, exampleRequest(name), agent),
    },
    {
      id: `F4-${id}-recovers`,
      title: `${name}: ${agent} fails twice, then answers; the others are asked once`,
      run: async (environment) => {
        const request = exampleRequest(name);
        const expected = await withoutCrash(environment, request);
        const faulty = expected.calls.find(by(agent)) as RecordedCall;
        await expectRetries(environment, request, expected, faulty, { times: 2, fault: status(500) });
      },
    },
  ]),
  ...(["multi-agent", "remote-agent"] as const).map(
    (name): Check => ({
      id: `F5-${name}`,
      title: `${name}: the tool's error reaches the caller, and the model is not asked on`,
      run: async (environment) => {
        environment.model.reset();
        environment.model.addFault({ match: by("Eligibility specialist"), fault: status(400) });
        expectError(await callExample(environment, exampleRequest(name)), /Eligibility specialist.*400/);
        assert.equal(environment.model.calls.filter(by("Claim manager")).length, 1, list(environment.model.calls));
      },
    }),
  ),
];

export const invalidResponseChecks: Check[] = [
  ...(
    [
      ["json", "broken JSON", "research-durable-execution", { text: '{"tasks": [{"question"' }, /JSON/],
      ["refusal", "a refusal", "research-durable-execution", { text: "I'm sorry, I can't help with that." }, /sorry/],
      ["empty-plan", "an empty plan", "research-durable-execution", { object: { tasks: [] } }, /tasks/],
      [
        "endless-plan",
        "200 tasks",
        "research-durable-execution",
        { object: { tasks: Array(200).fill({ question: "Why?" }) } },
        /tasks/,
      ],
      [
        "route",
        "an unknown specialist",
        "router-billing",
        { object: { specialist: "weather", reply: "" } },
        /specialist/,
      ],
      [
        "empty-team-plan",
        "an empty plan of a team",
        "team-software-feature",
        { object: { assignments: [] } },
        /assignments/,
      ],
      ["worker", "an unknown worker", "team-software-feature", plan(["drummer", []]), /worker/],
      ["foreign-worker", "another team's worker", "team-software-feature", plan(["editor", []]), /worker/],
      [
        "cycle",
        "workers that wait for each other",
        "team-software-feature",
        plan(["coder", ["tester"]], ["tester", ["coder"]]),
        /coder/,
      ],
      [
        "missing-need",
        "a worker that needs one who is not there",
        "team-software-feature",
        plan(["tester", ["coder"]]),
        /coder/,
      ],
      [
        "tool",
        "an unknown tool",
        "multi-agent",
        { toolCalls: [{ name: "check_weather", input: {} }] },
        /check_weather/,
      ],
      ["tool-input", "broken arguments of a tool", "multi-agent", callsTool('{"claim":'), /check_eligibility|JSON/],
      ["tool-flood", "the same tool 200 times", "multi-agent", callsTool({}, 200), /check_eligibility/],
      [
        "cut-off",
        "an answer that was cut off",
        "claim-eligibility",
        { text: "Eligible, if", finishReason: "length" },
        /cut off/,
      ],
      [
        "refused",
        "a refusal in prose",
        "claim-eligibility",
        { text: "I can't", finishReason: "content_filter" },
        /refus/,
      ],
      ["empty", "an empty answer", "claim-eligibility", { text: "" }, /Eligibility specialist/],
    ] as [string, string, string, ModelAnswer, RegExp][]
  ).map(
    ([id, what, name, answer, saysWhatIsWrong]): Check => ({
      id: `F3-${id}`,
      title: `${what}: asked again; given up after three, with what was wrong`,
      run: async (environment) => {
        const request = exampleRequest(name);
        const { body, calls } = await withoutCrash(environment, request);
        environment.model.addFault({ times: 1, fault: says(answer) });
        const reply = await callExample(environment, request);
        expectAnswer(request.call, reply);
        assert.deepEqual(reply.body, body);
        assert.equal(environment.model.calls.length, calls.length + 1, list(environment.model.calls));

        environment.model.reset();
        environment.model.addFault({ fault: says(answer) });
        expectError(await callExample(environment, request), saysWhatIsWrong);
        assert.equal(environment.model.calls.length, maxAttempts, list(environment.model.calls));
      },
    }),
  ),
];

export const stallChecks: Check[] = [
  {
    id: "F1-stall",
    title: "an answer that never comes is given up on, and asked for again",
    run: async (environment) => {
      const request = exampleRequest("router-billing");
      const { body } = await withoutCrash(environment, request);
      environment.model.addFault({ skip: 1, times: 1, fault: { kind: "stall" } });
      const reply = await callExample(environment, request);
      expectAnswer(request.call, reply);
      assert.deepEqual(reply.body, body);
      assert.deepEqual(
        environment.model.calls.map(({ agent, outcome }) => [agent, outcome]),
        [
          ["Support router", "answered"],
          ["Billing specialist", "abandoned"],
          ["Billing specialist", "answered"],
        ],
      );
    },
  },
];

const failsForWantOfAKey = async (environment: TestEnvironment): Promise<void> => {
  for (const name of ["router-billing", "research-durable-execution", "multi-agent"]) {
    expectError(await callExample(environment, exampleRequest(name)), /OPENAI_API_KEY is not set/, 401);
  }
};

export const keylessChecks: Check[] = [
  { id: "F2-no-key", title: "without OPENAI_API_KEY it starts, and a request fails at once", run: failsForWantOfAKey },
];

export const emptyKeyChecks: Check[] = [
  { id: "F2-empty-key", slow: true, title: "variables that are empty count as unset", run: failsForWantOfAKey },
];

/** @throws if the answer is another one when a call fails so often and then passes, or any other call is repeated */
async function expectRetries(
  environment: TestEnvironment,
  request: ExampleRequest,
  { body, calls }: Awaited<ReturnType<typeof withoutCrash>>,
  faulty: RecordedCall,
  { times, fault }: { times: number; fault: ModelFault },
): Promise<void> {
  const { model } = environment;
  model.reset();
  model.addFault({ match: ({ key }) => key === faulty.key, times, fault });
  const reply = await callExample(environment, request);
  expectAnswer(request.call, reply);
  assert.deepEqual(reply.body, body, `${request.name}: the answer when ${faulty.agent} fails`);
  const counts = countByKey(model.calls);
  assert.equal(counts.size, calls.length, list(model.calls));
  for (const [key, count] of counts) assert.equal(count, key === faulty.key ? times + 1 : 1, list(model.calls));
}

async function expectOneFailure(environment: TestEnvironment, request: ExampleRequest, agent: string): Promise<void> {
  const { calls } = await withoutCrash(environment, request);
  const { key: faulty } = calls.find(by(agent)) as RecordedCall;
  environment.model.addFault({ match: ({ key }) => key === faulty, fault: status(400) });
  expectError(await callExample(environment, request), new RegExp(`${agent}.*400`));
  expectNoRepeats(environment.model.calls);
}

function callsTool(input: unknown, times = 1): ModelAnswer {
  return { toolCalls: Array.from({ length: times }, () => ({ name: "check_eligibility", input })) };
}

/** A team's plan. */
function plan(...assignments: [worker: string, needs: string[]][]): ModelAnswer {
  return { object: { assignments: assignments.map(([worker, needs]) => ({ worker, subtask: "Do it", needs })) } };
}

/** One example request for each handler. */
export function onePerHandler(): ExampleRequest[] {
  return [...new Map(exampleRequests.map((request) => [request.call, request])).values()];
}
