import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { researcher } from "@durable-agents/shared/agents";
import scripted from "@durable-agents/shared/fixtures/model-answers.json" with { type: "json" };
import { exampleRequest, freshKey, removeFolder, temporaryFolder, waitFor } from "@durable-agents/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ControlBench, type ControlOptions, crashControl } from "../src/crash-control.ts";

const research = exampleRequest("research-durable-execution");
const claim = exampleRequest("claim-analysis");

/** Starts a bench for the tests of a block. */
function benchFor(options: ControlOptions): () => ControlBench {
  let bench: ControlBench | undefined;
  beforeAll(async () => {
    bench = await ControlBench.start(options);
  }, 60_000);
  afterAll(() => bench?.[Symbol.asyncDispose]());
  return () => bench as ControlBench;
}

const checkpointers: [string, ControlOptions][] = [
  ["MemorySaver", { checkpointer: "memory" }],
  ["PostgresSaver, durability async", { checkpointer: "postgres" }],
  ["PostgresSaver, durability sync", { checkpointer: "postgres", durability: "sync" }],
];

describe.each(checkpointers)("with %s", (_, options) => {
  const bench = benchFor(options);

  test("the research is what the model's answers make of it", async () => {
    const { model, client } = bench();
    model.reset();
    const { status, body } = await client.call(research.call, research.body);
    const [plan, ...answers] = scripted.map(({ answer }) => answer);
    const questions = plan?.object?.tasks.map(({ question }) => question) ?? [];
    expect(questions).toHaveLength(3);
    const sections = questions.map((question, index) => `## ${question}\n${answers[index]?.text}`);
    const report = [`# ${research.body.topic}`, ...sections].join("\n\n");
    expect({ status, body }).toEqual({ status: 200, body: { report, taskCount: 3 } });
    expect(model.calls).toHaveLength(research.modelCalls);
  });

  test("the claim is decided on", async () => {
    const { model, client } = bench();
    model.reset();
    const { status, body } = await client.call(claim.call, claim.body);
    expect({ status, body }).toEqual({ status: 200, body: "Approved: $3,000 for hospital bill for a broken leg." });
    expect(model.calls).toHaveLength(claim.modelCalls);
  });

  test("a key that was answered is not run again", async () => {
    const { model, client } = bench();
    const idempotencyKey = freshKey("key");
    const first = await client.call(claim.call, claim.body, { idempotencyKey });
    model.reset();
    expect(await client.call(claim.call, claim.body, { idempotencyKey })).toEqual(first);
    expect(model.calls).toEqual([]);
  });

  test("bad input is refused", async () => {
    const { status, body } = await bench().client.call(claim.call, { ...claim.body, amount: -1 });
    expect(status).toBe(400);
    expect(body).toMatchObject({ message: expect.stringContaining("amount") });
  });

  // In the middle of the workers, and of the specialists: some branches of the step are done, one is not.
  test.each([
    [research, 3],
    [claim, 2],
  ])(
    "$name, killed with a branch in flight: nobody resumes, and on asking again it is answered",
    {
      timeout: 60_000,
    },
    async (request, completed) => {
      const undisturbed = await bench().client.call(request.call, request.body);
      const run = await crashControl(bench(), request, completed);
      expect(run.resumedBy).toBe("the caller");
      expect(run.reply).toEqual(undisturbed);
      expect(run.completed).toHaveLength(completed);
      expect(run.inFlight).toHaveLength(1);
      expect(run.repeatedInFlight).toHaveLength(1);
      // What was in memory is lost, all of it; of what was stored, finished branches too are kept.
      expect(run.repeatedCompleted).toHaveLength(options.checkpointer === "memory" ? completed : 0);
    },
  );
});

describe("with PostgresSaver, durability exit", () => {
  const bench = benchFor({ checkpointer: "postgres", durability: "exit" });

  test("a kill leaves nothing: it is as if nobody had asked", { timeout: 60_000 }, async () => {
    const { model, subject, client } = bench();
    const idempotencyKey = freshKey("key");
    model.hold();
    const disconnected = expect(client.call(research.call, research.body, { idempotencyKey })).rejects.toThrow();
    await waitFor("the plan is asked for", () => model.held.length === 1);
    const [plan] = model.held;
    if (plan) model.release(plan);
    // The workers are asked, so the plan was taken.
    await waitFor("the workers are asked", () => model.held.length === 3);
    await subject.kill();
    await disconnected;
    await subject.restart();
    expect(await bench().state(research.call, idempotencyKey)).toEqual({ values: {}, next: [] });

    model.stopHolding();
    const before = model.calls.length;
    expect(await client.call(research.call, research.body, { idempotencyKey })).toMatchObject({ status: 200 });
    expect(model.calls.length - before).toBe(research.modelCalls);
  });
});

test("a program that goes on by itself would be seen to", { timeout: 60_000 }, async () => {
  const folder = temporaryFolder("control");
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start: "exec node src/main.mjs" } }));
  writeFileSync(join(folder, "src/main.mjs"), eagerProgram);
  {
    await using bench = await ControlBench.start({ checkpointer: "memory", folder });
    const run = await crashControl(bench, { ...research, modelCalls: 1 }, 0);
    expect(run).toMatchObject({ resumedBy: "itself", reply: { status: 200 } });
    expect(run.repeatedInFlight.length).toBeGreaterThan(0);
  }
  removeFolder(folder);
});

/** Asks the model on every request, and once more on its own when it is started again. */
const eagerProgram = `
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
const messages = [
  { role: "system", content: ${JSON.stringify(researcher.instructions)} },
  { role: "user", content: "Why?" },
];
const ask = () =>
  fetch(process.env.OPENAI_BASE_URL + "/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages }),
  });
if (existsSync("started")) void ask();
createServer(async (request, response) => {
  if (request.method === "GET") return response.end(JSON.stringify({ values: {}, next: ["ask"] }));
  writeFileSync("started", "");
  await ask();
  response.end("{}");
}).listen(Number(process.env.PORT));
`;
