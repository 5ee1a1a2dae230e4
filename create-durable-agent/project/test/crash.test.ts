import { join } from "node:path";
import { Bench, callPath, crashDuring, freshKey, readRequests } from "@durable-agents/crash-harness";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { agents } from "../mock-model/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = join(import.meta.dirname, "..");

// A real restate-server, the mock model and the service, each a process on a free port.
let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ folder, model: { agents } });
});
afterAll(() => bench?.[Symbol.asyncDispose]());

describe.each(readRequests(join(folder, "requests")))("$name", (request) => {
  const call = (body: unknown) => bench.ingress.call(callPath(request, freshKey("session")), body);

  let answer: unknown;
  beforeAll(async () => {
    bench.model.reset();
    const { status, body } = await call(request.body);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(bench.model.calls).toHaveLength(request.modelCalls);
    answer = body;
  });

  test.each(Array.from({ length: request.modelCalls }, (_, completed) => completed))(
    "killed after %i model calls, gives the same answer and repeats none of them",
    async (completed) => {
      const { reply, journaled, repeatedCompleted } = await crashDuring(bench, request, completed);
      expect(journaled).toHaveLength(completed);
      expect(reply).toEqual({ status: 200, body: answer });
      expect(repeatedCompleted).toEqual([]);
    },
  );

  test("without its fields, is refused before the model is asked", async () => {
    bench.model.reset();
    expect((await call({})).status).toBe(400);
    expect(bench.model.calls).toEqual([]);
  });
});
