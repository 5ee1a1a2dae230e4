import type { AddressInfo } from "node:net";
import { MultiAgentClaimSession } from "@durable-agents/shared/contracts/claim-session";
import { FraudCheckAgent } from "@durable-agents/shared/contracts/parallel-claim-analysis";
import { AgentRouter } from "@durable-agents/shared/contracts/router";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Call, client, endpoint, serve } from "../src/index.ts";

const claim = {
  date: "2024-10-01",
  category: "dental",
  reason: "a crown",
  amount: 900,
  placeOfService: "Practice",
};

const calls: Call[] = [];
const endpoints = [
  endpoint(AgentRouter, { answer: async ({ message }) => `You said: ${message}` }),
  endpoint(FraudCheckAgent, {
    run: async () => {
      throw new Error("The model is away");
    },
  }),
  endpoint(MultiAgentClaimSession, {
    run: async ({ reason }, call) => {
      calls.push(call);
      return reason;
    },
  }),
];

let server: Awaited<ReturnType<typeof serve>>;
let url: string;
beforeAll(async () => {
  vi.stubEnv("PORT", "0");
  vi.spyOn(console, "log").mockReturnValue();
  server = await serve(endpoints);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("SERVICES_URL", url);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterEach(() => {
  calls.length = 0;
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const json = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${url}/${path}`, { method: "POST", headers, body: json });
  return { status: response.status, body: (await response.json()) as unknown };
}

test("a handler gets the input as the contract reads it, and its answer is sent as JSON", async () => {
  expect(await post("AgentRouter/answer", { message: "  hello " })).toEqual({ status: 200, body: "You said: hello" });
});

test.each([
  ["a missing field", {}, /message/],
  ["an empty field", { message: " " }, /message/],
  ["a wrong type", { message: 1 }, /message/],
  ["no JSON", "{", /JSON/],
  ["nothing at all", "", /./],
])("%s is answered with 400 that says so", async (_, body, message) => {
  expect(await post("AgentRouter/answer", body)).toEqual({
    status: 400,
    body: { message: expect.stringMatching(message) },
  });
});

test.each(["AgentRouter/reply", "NoSuchService/answer", "MultiAgentClaimSession/run"])(
  "%s is not there: 404",
  async (path) => {
    expect(await post(path, claim)).toEqual({ status: 404, body: { message: `There is no POST /${path}` } });
  },
);

test("an error of a handler is answered with 500 and its message", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue();
  expect(await post("FraudCheckAgent/run", claim)).toEqual({ status: 500, body: { message: "The model is away" } });
  expect(log).toHaveBeenCalledOnce();
  log.mockRestore();
});

test("a handler learns of session and idempotency key", async () => {
  await post("MultiAgentClaimSession/session%20123/run", claim, { "idempotency-key": "key-1" });
  expect(calls).toEqual([{ sessionId: "session 123", idempotencyKey: "key-1" }]);
});

test("a request without an idempotency key gets one of its own", async () => {
  await post("MultiAgentClaimSession/a/run", claim);
  await post("MultiAgentClaimSession/a/run", claim);
  const [first, second] = calls.map(({ idempotencyKey }) => idempotencyKey);
  expect(first).toMatch(/.+/);
  expect(second).not.toBe(first);
});

test("a client calls a handler and returns its answer", async () => {
  expect(await client(AgentRouter).answer({ message: "hello" })).toBe("You said: hello");
});

test("a client's error says what was called and what came back", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue();
  await expect(client(FraudCheckAgent).run(claim)).rejects.toThrow(/^FraudCheckAgent\/run: 500 .*The model is away/);
  log.mockRestore();
});

test("a port that is taken is an error", async () => {
  vi.stubEnv("PORT", new URL(url).port);
  await expect(serve(endpoints)).rejects.toThrow(/EADDRINUSE/);
});
