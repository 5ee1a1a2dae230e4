import { type MockModel, waitFor } from "@durable-agents/crash-harness";
import { claimIntake, claimPrompt, fraudCheckAgent } from "@durable-agents/shared/agents/claims";
import { researcher } from "@durable-agents/shared/agents/orchestrator-worker";
import { supportAgents } from "@durable-agents/shared/agents/router";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startMockModel } from "../src/index.ts";

let model: MockModel;
beforeEach(async () => {
  model = await startMockModel({ strict: true });
});
afterEach(() => model[Symbol.asyncDispose]());

type Message = { role: string; content: string };

/** The parts of an answer that are looked at, in either protocol. */
interface Body {
  output?: { content?: { text: string }[] }[];
  choices?: { message: { content: string } }[];
  usage: Record<string, number>;
  error: { message: string };
}

/** The same question over both protocols. */
const protocols = {
  Responses: async (messages: Message[], schema?: object, signal?: AbortSignal) => {
    const format = schema && { text: { format: { type: "json_schema", name: "answer", schema } } };
    const exchange = await post("responses", { model: "m", input: messages, ...format }, signal);
    const body = JSON.parse(exchange.answer) as Body;
    const text = body.output?.flatMap(({ content = [] }) => content).map(({ text }) => text);
    return { ...exchange, text: text?.join("") ?? "", usage: body.usage, error: body.error };
  },
  "Chat Completions": async (messages: Message[], schema?: object, signal?: AbortSignal) => {
    const format = schema && { response_format: { type: "json_schema", json_schema: { name: "answer", schema } } };
    const exchange = await post("chat/completions", { model: "m", messages, ...format }, signal);
    const body = JSON.parse(exchange.answer) as Body;
    return { ...exchange, text: body.choices?.[0]?.message.content ?? "", usage: body.usage, error: body.error };
  },
};

async function post(path: string, body: object, signal?: AbortSignal) {
  const question = JSON.stringify(body);
  const response = await fetch(`${model.baseUrl}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer mock" },
    body: question,
    ...(signal && { signal }),
  });
  return { response, question, answer: await response.text() };
}

const asks = (agent: { instructions: string }, content: string): Message[] => [
  { role: "system", content: agent.instructions },
  { role: "user", content },
];
const question = asks(supportAgents.billing, "Where is my refund?");
const claim = (amount: number, reason = "broken leg", category = "orthopedic") =>
  claimPrompt({ date: "2024-10-01", category, reason, amount, placeOfService: "General Hospital" });

describe.each(Object.entries(protocols))("over %s", (_, ask) => {
  test("equal questions get equal answers and count as one logical call", async () => {
    const [one, two] = [await ask(question), await ask(question)];
    expect(one.text).toContain("Where is my refund?");
    expect(two.text).toBe(one.text);
    await ask(asks(supportAgents.billing, "Where is my invoice?"));
    const [first, second, third] = model.calls;
    expect(second?.key).toBe(first?.key);
    expect(third?.key).not.toBe(first?.key);
    expect(first).toMatchObject({ agent: "Billing specialist", outcome: "answered", status: 200 });
  });

  test("GET /calls counts, also what was repeated although it was answered; DELETE forgets", async () => {
    const url = new URL("/calls", model.baseUrl);
    const counts = async (method = "GET") => (await fetch(url, { method })).json();
    model.addFault({ times: 1, fault: { kind: "status", status: 503 } });
    // The caller may have its answer a moment before the model knows that it was taken.
    const ended = (count: number) =>
      waitFor("the calls have ended", () => model.calls.filter(({ endedAt }) => endedAt).length === count);
    await ask(question);
    await ended(1);
    await ask(question);
    await ended(2);
    expect(await counts()).toEqual({ made: 2, answered: 1, failed: 1, abandoned: 0, repeatedAfterAnswer: 0 });
    await ask(question);
    await ended(3);
    expect(await counts()).toMatchObject({ made: 3, answered: 2, repeatedAfterAnswer: 1 });
    expect(await counts("DELETE")).toMatchObject({ made: 0, repeatedAfterAnswer: 0 });
  });

  test("tokens are counted, and are what the answer says", async () => {
    const { usage } = await ask(question);
    const [call] = model.calls;
    expect(call?.inputTokens).toBeGreaterThan(0);
    expect(usage.input_tokens ?? usage.prompt_tokens).toBe(call?.inputTokens);
    expect(usage.output_tokens ?? usage.completion_tokens).toBe(call?.outputTokens);
  });

  test("the bytes of both bodies are counted", async () => {
    const exchange = await ask(asks(supportAgents.billing, "Où est mon remboursement ?"));
    const [call] = model.calls;
    expect(call?.requestBytes).toBe(Buffer.byteLength(exchange.question));
    expect(call?.responseBytes).toBe(Buffer.byteLength(exchange.answer));
  });

  test("a fault is as told: which call, which status, how often", async () => {
    model.addFault({ skip: 1, times: 1, fault: { kind: "status", status: 429, retryAfterSeconds: 7 } });
    const replies = [await ask(question), await ask(question), await ask(question)];
    expect(replies.map(({ response }) => response.status)).toEqual([200, 429, 200]);
    expect(replies[1]?.response.headers.get("retry-after")).toBe("7");
    expect(model.calls.map(({ outcome }) => outcome)).toEqual(["answered", "failed", "answered"]);
  });

  test("a fault may be ordered over HTTP, for one agent, and be forgotten", async () => {
    const url = new URL("/faults", model.baseUrl);
    const order = async (rule: unknown) => {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(rule) });
      return { status: response.status, body: await response.json() };
    };
    const rule = { kind: "status", status: 429, agent: "Billing specialist", times: 1 };
    expect(await order(rule)).toEqual({ status: 200, body: { rules: 1 } });
    const other = asks(supportAgents.account, "Where is my refund?");
    expect((await ask(other)).response.status).toBe(200);
    expect((await ask(question)).response.status).toBe(429);
    expect((await ask(question)).response.status).toBe(200);

    expect(await order({ ...rule, times: 5 })).toEqual({ status: 200, body: { rules: 1 } });
    expect(await (await fetch(url, { method: "DELETE" })).json()).toEqual({ rules: 0 });
    expect((await ask(question)).response.status).toBe(200);

    expect(await order({ kind: "answer", answer: { text: "Moo." } })).toMatchObject({ status: 200 });
    expect((await ask(question)).text).toBe("Moo.");
    for (const [wrong, says] of [
      [{ kind: "status", status: 200 }, /status/],
      [{ kind: "status", status: 429, agnet: "x" }, /agnet/],
      [{ kind: "sulk" }, /kind/],
      ["429", /object/],
    ] as const)
      expect(await order(wrong)).toEqual({ status: 400, body: { error: expect.stringMatching(says) } });
  });

  test("a reset breaks the connection", async () => {
    model.addFault({ fault: { kind: "reset" } });
    await expect(ask(question)).rejects.toThrow("fetch failed");
  });

  test("a stalled answer never comes, and the caller who gives up is seen to", async () => {
    model.addFault({ fault: { kind: "stall" } });
    const caller = new AbortController();
    const call = ask(question, undefined, caller.signal);
    await waitFor("the call arrives", () => model.calls.length === 1);
    caller.abort();
    await expect(call).rejects.toThrow();
    await waitFor("the model notices", () => model.calls[0]?.outcome === "abandoned");
  });

  test("strict mode refuses what no agent asks, with the prompt; a lenient model answers by the schema", async () => {
    const complaint = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const foreign = [{ role: "user", content: "Sing a song" }];
    const { response, error } = await ask(foreign);
    expect(response.status).toBe(400);
    expect(error.message).toContain("Sing a song");
    expect(complaint).toHaveBeenCalledWith(expect.stringContaining("Sing a song"));
    complaint.mockRestore();

    await model[Symbol.asyncDispose]();
    model = await startMockModel();
    const schema = { type: "object", properties: { mood: { type: "string", enum: ["merry", "sad"] } } };
    expect(JSON.parse((await ask(foreign, schema)).text)).toEqual({ mood: "merry" });
    expect((await ask(foreign)).text).toContain("Sing a song");
  });

  test.each([
    ["a usual claim", claim(3_000), /^Low risk/],
    ["$900,000 for a broken leg", claim(900_000), /^Suspicious.*\$900,000/],
  ])("%s", async (_, prompt, answer) => {
    expect((await ask(asks(fraudCheckAgent, prompt))).text).toMatch(answer);
  });

  test.each([
    ["medical", claim(3_000)],
    ["car", claim(1_800, "dented bumper", "car")],
    ["none", claim(500, "stolen bicycle", "theft")],
  ])("a %s claim goes to its specialist", async (specialist, prompt) => {
    const { text } = await ask(asks(claimIntake, prompt), { type: "object" });
    expect(JSON.parse(text).specialist).toBe(specialist);
  });
});

test("held calls are answered one by one, when told", async () => {
  model.hold();
  const ask = protocols.Responses;
  const answers: string[] = [];
  const one = ask(asks(researcher, "One?")).then(({ text }) => answers.push(text));
  await waitFor("the first arrives", () => model.held.length === 1);
  const two = ask(asks(researcher, "Two?")).then(({ text }) => answers.push(text));
  await waitFor("the second arrives", () => model.held.length === 2);
  const [, second] = model.held;
  if (second) model.release(second);
  await two;
  expect(answers).toEqual([expect.stringContaining("Two?")]);
  model.stopHolding();
  await one;
  expect(answers).toHaveLength(2);
  expect(model.held).toEqual([]);
});
