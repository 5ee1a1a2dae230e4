import { TestEnvironment } from "@durable-agents/crash-harness";
import { installPacked, quickStartOf } from "@durable-agents/testkit";
import { expect, test } from "vitest";

test("the package, as it is published, runs the quick start in a project of its own", async () => {
  const library = "durable-langchain";
  // What the quick start imports besides is the user's choice, and no peer.
  const folder = await installPacked({ library, besides: ["@langchain/openai"], program: quickStartOf(library) });
  await using environment = await TestEnvironment.start({
    folder,
    server: { inactivityTimeoutSeconds: 0 },
    model: { strict: false },
  });
  expect(await environment.ingress.call("Essays/write", JSON.stringify("durable graphs"))).toEqual({
    status: 200,
    body: ["for", "against"].map((side) => `This is what the mock model says to: Argue ${side} durable graphs`),
  });
  expect(environment.model.calls).toHaveLength(2);
});
