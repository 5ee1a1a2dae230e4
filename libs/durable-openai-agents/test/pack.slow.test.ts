import { TestEnvironment } from "@durable-agents/crash-harness";
import { installPacked, quickStartOf } from "@durable-agents/testkit";
import { expect, test } from "vitest";

test("the package, as it is published, runs the quick start in a project of its own", async () => {
  const library = "durable-openai-agents";
  const folder = await installPacked({ library, program: quickStartOf(library) });
  await using environment = await TestEnvironment.start({
    folder,
    server: { inactivityTimeoutSeconds: 0 },
    model: { strict: false },
  });
  const question = "What shall I pack for Paris?";
  expect(await environment.ingress.call("Traveller/ask", JSON.stringify(question))).toEqual({
    status: 200,
    body: `This is what the mock model says to: ${question}`,
  });
  expect(environment.model.calls).toHaveLength(2);
});
