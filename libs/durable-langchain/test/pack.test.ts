import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ingress, installPacked, MockModel, RestateServer, Subject } from "@durable-agents/testkit";
import { expect, test } from "vitest";

/** The first program of the README. */
const quickStart = readFileSync(join(import.meta.dirname, "../README.md"), "utf8").match(/```ts\n(.*?)```/s)?.[1] ?? "";

test("the packages, as they are published, install in an empty project and run the quick start", {
  timeout: 120_000,
}, async () => {
  const project = await installPacked({
    libraries: ["lanes", "model-calls", "durable-langchain"],
    // What the quick start imports besides is the user's choice, and no peer.
    besides: ["@langchain/openai"],
    program: quickStart,
  });
  await using model = await MockModel.start();
  await using server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  await using subject = await Subject.start({ folder: project, environment: model.environment });
  await server.register(subject.url);
  expect(await new Ingress(server.ingressUrl).call("Essays/write", JSON.stringify("durable graphs"))).toEqual({
    status: 200,
    body: ["for", "against"].map((side) => `This is what the mock model says to: Argue ${side} durable graphs`),
  });
  expect(model.calls).toHaveLength(2);
});
