import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { crashEverywhere, crashTargets, problemsOf, TestEnvironment } from "@durable-agents/crash-harness";
import { agents, effects, requests } from "../local.ts";

// A real restate-server, the mock model, the mock shop and the service, each of them a process or server on a port of its own.
let environment: TestEnvironment;
before(async () => {
  const folder = join(import.meta.dirname, "..");
  environment = await TestEnvironment.start({ folder, model: { agents, agentsFile: "local.ts" }, effects });
});
after(() => environment?.[Symbol.asyncDispose]());

for (const target of crashTargets) {
  // A step is a model call, or a call of a tool. None that was completed may be repeated, and the answer must be the same.
  test(`SIGKILL of ${target}, before the first step and after each`, async (context) => {
    for (const result of await crashEverywhere(environment, requests, { target })) {
      const { request, calls } = result.uncrashed;
      const labels = (steps: { label: string }[]) =>
        steps
          .map(({ label }) => label)
          .sort()
          .join(", ");
      const again = labels(result.repeated.inFlight) || "nothing";
      await context.test(`${result.after} of ${calls.length} steps completed; in flight, so repeated: ${again}`, () => {
        assert.equal(calls.length, request.steps, `without a crash, there are the steps ${labels(calls)}`);
        assert.deepEqual(problemsOf(result), []);
      });
    }
  });
}
