import { join } from "node:path";
import { killAtRandomMoments } from "@durable-agents/testkit/library-test";
import { expect, test } from "vitest";

const toolResult = ["alpha", "beta", "gamma"].map((tool) => [1, 2, 3, 4].map((number) => `${tool}-${number}`));

test("killed at random moments, no completed step is repeated", async () => {
  const replies = await killAtRandomMoments({
    services: join(import.meta.dirname, "services.ts"),
    calls: Array(5).fill("LaneTests/tools"),
    effects: 5 * 12,
    steps: 5 * 12,
    inFlight: 5 * 3,
  });
  for (const reply of replies) expect(reply).toEqual({ status: 200, body: toolResult });
});
