import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ingress, installPacked, MockModel, RestateServer, Subject } from "@durable-agents/testkit";
import { expect, test } from "vitest";

/** The first program of the README. */
const quickStart = readFileSync(join(import.meta.dirname, "../README.md"), "utf8").match(/```ts\n(.*?)```/s)?.[1] ?? "";

test("the quick start has less than 20 lines", () => {
  expect(quickStart.trim().split("\n").length).toBeLessThan(20);
});

test("the packages, as they are published, install in an empty project and run the quick start", {
  timeout: 120_000,
}, async () => {
  const project = await installPacked({
    libraries: ["lanes", "model-calls", "durable-openai-agents"],
    program: quickStart,
  });
  await using model = await MockModel.start();
  await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  await using subject = await Subject.start({ folder: project, environment: model.environment });
  await server.register(subject.url);
  const question = "What shall I pack for Paris?";
  expect(await new Ingress(server.ingressUrl).call("Traveller/ask", JSON.stringify(question))).toEqual({
    status: 200,
    body: `This is what the mock model says to: ${question}`,
  });
  expect(model.calls).toHaveLength(2);
});
