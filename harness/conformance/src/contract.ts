import assert from "node:assert/strict";
import { callPath, freshKey, type TestEnvironment } from "@durable-agents/crash-harness";
import { contracts } from "@durable-agents/shared/contracts/index";
import { MAX_TEXT_LENGTH } from "@durable-agents/shared/contracts/text";
import { exampleRequest, exampleRequests } from "@durable-agents/testkit";
import type { Check } from "./check.ts";
import {
  callExample,
  expectAnswer,
  expectError,
  expectNoRepeats,
  expectNoTransientErrors,
  handlerOf,
} from "./expectations.ts";

const kinds = { service: "Service", object: "VirtualObject", workflow: "Workflow" };

const claim = exampleRequest("claim-analysis").body;
const goal = exampleRequest("team-software-feature").body;
const subtask = exampleRequest("team-worker").body;
const tooLong = "x".repeat(MAX_TEXT_LENGTH + 1);

/** Bad requests, and what the error must name. */
const badRequests: [call: string, body: unknown, names: RegExp][] = [
  ["ResearchReport/generate", "this is not JSON", /JSON/],
  ["ResearchReport/generate", {}, /topic/],
  ["ResearchReport/generate", { topic: "" }, /topic/],
  ["ResearchReport/generate", { topic: "  \n " }, /topic/],
  ["ResearchReport/generate", { topic: 42 }, /topic/],
  ["ResearchReport/generate", { topic: null }, /topic/],
  ["ResearchReport/generate", { topic: tooLong }, /topic/],
  ["ResearchReport/generate", [], /object/],
  ["ResearchWorker/research", { question: "" }, /question/],
  ["ResearchWorker/research", { question: tooLong }, /question/],
  ["AgentRouter/answer", { message: ["a"] }, /message/],
  ["AgentRouter/answer", { message: tooLong }, /message/],
  ...[
    "ParallelAgentClaimApproval/run",
    "EligibilityAgent/run",
    "RateComparisonAgent/run",
    "FraudCheckAgent/run",
    "MultiAgentClaimApproval/run",
    "RemoteAgentClaimApproval/run",
    "MultiAgentClaimSession/bad-input/run",
  ].flatMap((call): [string, unknown, RegExp][] => [
    [call, { ...claim, amount: -1 }, /amount/],
    [call, { ...claim, amount: 1e12 }, /amount/],
    [call, { ...claim, amount: "3000" }, /amount/],
    [call, { ...claim, date: "2024-02-30" }, /date/],
    [call, { ...claim, date: "yesterday" }, /date/],
    [call, { ...claim, reason: undefined }, /reason/],
    [call, { ...claim, category: "" }, /category/],
    [call, { ...claim, placeOfService: tooLong }, /placeOfService/],
  ]),
  ["SpecialistTeam/run", { ...goal, team: "jazz-band" }, /team/],
  ["SpecialistTeam/run", { ...goal, goal: "" }, /goal/],
  ["SpecialistTeam/run", { ...goal, goal: tooLong }, /goal/],
  ["SpecialistWorker/work", { ...subtask, team: "jazz-band" }, /team/],
  ["SpecialistWorker/work", { ...subtask, worker: "drummer" }, /worker/],
  ["SpecialistWorker/work", { ...subtask, worker: "editor" }, /worker/],
  ["SpecialistWorker/work", { ...subtask, subtask: 1 }, /subtask/],
  ["SpecialistWorker/work", { ...subtask, inputs: { coder: 1 } }, /coder/],
  ["SpecialistWorker/work", { ...subtask, inputs: "none" }, /inputs/],
];

export const contractChecks: Check[] = [
  {
    id: "C1-services",
    title: "discovery publishes the contract's services, handlers and schemas, and no others",
    run: async (environment) => {
      const { services } = await environment.server.register(environment.serviceUrl);
      const published = services.map(({ name, ty, handlers }) => ({
        name,
        kind: ty,
        handlers: handlers.map((handler) => ({
          name: handler.name,
          input: handler.input_json_schema,
          output: handler.output_json_schema,
        })),
      }));
      const promised = contracts.map(({ name, _kind, _handlers }) => ({
        name,
        kind: kinds[_kind],
        handlers: Object.keys(_handlers).map((handler) => ({
          name: handler,
          input: handlerOf(`${name}/${handler}`)._inputSerde?.jsonSchema,
          output: handlerOf(`${name}/${handler}`)._outputSerde?.jsonSchema,
        })),
      }));
      assert.deepEqual(sorted(published), sorted(promised));
    },
  },
  {
    id: "C1-examples",
    title: "the API description of each service, which the UI's playground shows, has a usable example",
    run: async (environment) => {
      for (const { name, _handlers } of contracts) {
        const response = await fetch(`${environment.server.adminUrl}/services/${name}/openapi`);
        const description = await response.text();
        for (const handler of Object.keys(_handlers)) {
          const { _inputSerde: input } = handlerOf(`${name}/${handler}`);
          const [example] = (input?.jsonSchema as { examples?: unknown[] } | undefined)?.examples ?? [];
          assert.ok(example, `${name}/${handler} has no example`);
          input?.deserialize(new TextEncoder().encode(JSON.stringify(example)));
          assert.ok(
            contains(JSON.parse(description), example),
            `${name}/${handler}: the description lacks the example`,
          );
        }
      }
    },
  },
  {
    id: "C2-routes",
    title: "over /restate/call, /, and /restate/send with attach",
    run: async (environment) => {
      // The requests do not know of each other, so some may be under way at the same time.
      for (let first = 0; first < exampleRequests.length; first += 4) {
        await Promise.all(
          exampleRequests.slice(first, first + 4).map(async (request) => {
            const path = () => callPath(request, freshKey("session"));
            const replies = await Promise.all([
              environment.ingress.call(`restate/call/${path()}`, request.body),
              environment.ingress.call(path(), request.body),
              environment.ingress.send(path(), request.body).then((id) => environment.ingress.attach(id)),
            ]);
            for (const reply of replies) {
              expectAnswer(request.call, reply);
              if (!environment.modelIsMocked) continue;
              assert.deepEqual(reply.body, replies[0].body, `${request.name}: the routes give different answers`);
            }
          }),
        );
      }
    },
  },
  {
    id: "C3-fields",
    title: `${badRequests.length} bad requests: 400, the field's name, no model call, no retry`,
    run: async (environment) => {
      environment.model.reset();
      const before = (await environment.journal.transientErrors()).length;
      for (const [call, body, names] of badRequests) {
        const what = `${call} ${JSON.stringify(body).slice(0, 120)}`;
        const reply = await environment.ingress.call(call, body);
        try {
          expectError(reply, names, 400);
        } catch (error) {
          assert.fail(`${what}: ${(error as Error).message}`);
        }
      }
      assert.equal(environment.model.calls.length, 0, "a bad request reached the model");
      await expectNoTransientErrors(environment, before);
    },
  },
  {
    id: "C4-same-time",
    title: "ten requests at once with one key",
    run: async (environment) => {
      for (const name of ["research-durable-execution", "router-billing", "session-medical"]) {
        const request = exampleRequest(name);
        environment.model.reset();
        const [path, idempotencyKey] = [callPath(request, freshKey("session")), freshKey("key")];
        const call = () => environment.ingress.call(path, request.body, { idempotencyKey });
        const replies = await Promise.all(Array.from({ length: 10 }, call));
        // And once more when it is long over.
        for (const reply of [...replies, await call()]) {
          expectAnswer(request.call, reply);
          assert.deepEqual(reply.body, replies[0]?.body);
        }
        expectModelCalls(environment, request.modelCalls);
      }
    },
  },
];

/** What can be judged only where the environment sees the model calls. */
export const callCountChecks: Check[] = [
  {
    id: "C2-calls",
    title: "each with as many model calls as it needs",
    run: async (environment) => {
      for (const request of exampleRequests) {
        environment.model.reset();
        expectAnswer(request.call, await callExample(environment, request));
        assert.equal(environment.model.calls.length, request.modelCalls, `${request.name}: number of model calls`);
        expectNoRepeats(environment.model.calls);
      }
    },
  },
];

function expectModelCalls(environment: TestEnvironment, count: number): void {
  if (environment.modelIsMocked) assert.equal(environment.model.calls.length, count, "number of model calls");
}

/** Services and handlers in the order of their names. */
function sorted<T extends { name: string; handlers: { name: string }[] }>(services: T[]): T[] {
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  return services.map((service) => ({ ...service, handlers: service.handlers.toSorted(byName) })).toSorted(byName);
}

/** Whether a value stands somewhere in a JSON document. */
function contains(document: unknown, value: unknown): boolean {
  try {
    assert.deepEqual(document, value);
    return true;
  } catch {
    return (
      typeof document === "object" && document !== null && Object.values(document).some((part) => contains(part, value))
    );
  }
}
