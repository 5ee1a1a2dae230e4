import { join } from "node:path";
import { killAtRandomMoments } from "@durable-agents/testkit/library-test";
import { expect, test } from "vitest";

test("killed at random moments, no completed step is repeated, and no model call that was journaled", async () => {
  const replies = await killAtRandomMoments({
    services: join(import.meta.dirname, "services.ts"),
    calls: ["nested", "agent", "nested", "agent", "nested", "agent"].map((handler) => `Graphs/${handler}`),
    effects: 3 * (20 + 12),
    steps: 3 * (20 + 5 + 12 + 2),
    modelCalls: 3 * (5 + 2),
    inFlight: 6 * 5,
  });
  for (const reply of replies) expect(reply).toMatchObject({ status: 200 });
});
