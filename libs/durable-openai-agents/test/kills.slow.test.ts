import { join } from "node:path";
import { echoOf, killAtRandomMoments } from "@durable-agents/testkit/library-test";
import { expect, test } from "vitest";

const answer = { tools: [echoOf("text"), echoOf("text")], finalOutput: echoOf("Ask"), requests: 6 };

test("killed at random moments, no completed step is repeated, and no model call that was journaled", async () => {
  const replies = await killAtRandomMoments({
    services: join(import.meta.dirname, "services.ts"),
    calls: Array(5).fill("Agents/nested"),
    effects: 5 * 16,
    steps: 5 * (16 + 6),
    modelCalls: 5 * 6,
    inFlight: 5 * 4,
  });
  for (const reply of replies) expect(reply).toEqual({ status: 200, body: answer });
});
