import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  freshKey,
  Ingress,
  JournalQueries,
  RestateServer,
  Subject,
  temporaryFolder,
  waitFor,
} from "@durable-agents/processes";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lane, withLanes } from "../src/index.ts";
import { effects, type Program, serveTestServices } from "./services.ts";

const ROUNDS = 50;

let server: RestateServer;
let services: Awaited<ReturnType<typeof serveTestServices>>;
let ingress: Ingress;
let journal: JournalQueries;

beforeAll(async () => {
  // Every await that is not at its end when the state machine looks is a suspension, and so a replay.
  server = await RestateServer.start({ inactivityTimeoutSeconds: 0 });
  services = await serveTestServices();
  await server.register(services.url);
  ingress = new Ingress(server.ingressUrl);
  journal = new JournalQueries(server);
}, 60_000);

afterAll(async () => {
  services.server.close();
  await server[Symbol.asyncDispose]();
});

/** @throws if a step of a run was made more than once */
function expectNoEffectTwice(made: string[]): void {
  expect(made.filter((effect, index) => made.indexOf(effect) !== index)).toEqual([]);
}

const toolResult = ["alpha", "beta", "gamma"].map((tool) => [1, 2, 3, 4].map((number) => `${tool}-${number}`));

async function callMany(handler: string, rounds: number, expected: unknown): Promise<void> {
  const call = async () => {
    const run = freshKey("run");
    expect(await ingress.call(`LaneTests/${handler}`, JSON.stringify(run))).toEqual({ status: 200, body: expected });
  };
  for (let round = 0; round < rounds; round += 10) await Promise.all(Array.from({ length: 10 }, call));
}

describe("with a replay at every await", () => {
  test(`tools of several steps, with un-journaled waits: ${ROUNDS} rounds`, { timeout: 120_000 }, async () => {
    await callMany("tools", ROUNDS, toolResult);
    expectNoEffectTwice(effects);
    expect(await journal.transientErrors()).toEqual([]);
  });

  test(`everything that a context has: ${ROUNDS} rounds`, { timeout: 120_000 }, async () => {
    await callMany("constructs", ROUNDS, {
      results: [
        "mapped!",
        "in time",
        "TimeoutError",
        "awake",
        "fulfilled,rejected",
        "any",
        "refused",
        "nested-1,nested-2,nested-3",
        2,
        "caught outside",
      ],
      went: true,
    });
    expectNoEffectTwice(effects);
    expect(await journal.transientErrors()).toEqual([]);
  });

  test("random programs: the right result, every step once, no mismatch", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const named = withNames(program);
        const run = freshKey("run");
        const reply = await ingress.call("LaneTests/execute", { run, program: named });
        expect(reply).toEqual({ status: 200, body: resultOf(named) });
        expect(effects.filter((effect) => effect.startsWith(`${run} `)).toSorted()).toEqual(
          effectsOf(named)
            .map((step) => `${run} ${step}`)
            .toSorted(),
        );
      }),
      { numRuns: 60 },
    );
    expect(await journal.transientErrors()).toEqual([]);
  });

  test("lanes one after the other, for an SDK that we do not know", { timeout: 120_000 }, async () => {
    await callMany("toolsSequential", 10, toolResult);
    expectNoEffectTwice(effects);
    expect(await journal.transientErrors()).toEqual([]);
  });

  test("a cancellation reaches every lane", { timeout: 30_000 }, async () => {
    const run = freshKey("run");
    const id = await ingress.send("LaneTests/waitForCancellation", JSON.stringify(run));
    await waitFor("all lanes wait", () => effects.includes(`${run} first`));
    await server.cancel(id);
    expect(await ingress.attach(id)).toMatchObject({ status: 409 });
    expect(effects).toContain(`${run} CancelledError,CancelledError,CancelledError`);
    expect(await journal.transientErrors()).toEqual([]);
  });

  test("lanes that clean up after a cancellation: 20 rounds", { timeout: 120_000 }, async () => {
    const compensate = async () => {
      const run = freshKey("run");
      const id = await ingress.send("LaneTests/compensate", JSON.stringify(run));
      const made = (what: string) => effects.filter((effect) => effect.startsWith(`${run} `) && effect.includes(what));
      const sleeps = `SELECT count(*) AS count FROM sys_journal WHERE id = '${id}' AND entry_type = 'Command: Sleep'`;
      await waitFor("all lanes sleep", async () => (await server.query<{ count: number }>(sleeps))[0]?.count === 3);
      await server.cancel(id);
      expect(await ingress.attach(id)).toMatchObject({ status: 409, body: { message: "cancelled, and undone" } });
      expect(made(": undo")).toHaveLength(6);
    };
    for (let round = 0; round < 20; round += 5) await Promise.all(Array.from({ length: 5 }, compensate));
    expect(await journal.transientErrors()).toEqual([]);
  });

  // Last: its errors stay in the journal.
  test("the control: the same tools without lanes fail", { timeout: 60_000 }, async () => {
    const run = freshKey("run");
    const id = await ingress.send("LaneTests/toolsWithoutLanes", JSON.stringify(run));
    await waitFor("Restate has to retry", async () => (await journal.transientErrors()).length > 0);
    await server.cancel(id);
    const errors = (await journal.transientErrors()).map(({ message }) => message);
    expect(errors.join("\n")).toMatch(/awaitNext already pending|Found a mismatch/);
  });
});

describe("when the process is killed at random moments", () => {
  test("no completed step is made again", { timeout: 120_000 }, async () => {
    const file = join(temporaryFolder("effects"), "effects");
    const folder = temporaryFolder("service");
    const script = join(import.meta.dirname, "services.ts");
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start: `exec node ${script}` } }));
    await using killed = await RestateServer.start();
    await using subject = await Subject.start({
      folder,
      environment: { EFFECTS: file, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    });
    await killed.register(subject.url);
    const [ofKilled, facts] = [new Ingress(killed.ingressUrl), new JournalQueries(killed)];
    const made = () => readFileSync(file, "utf8").trim().split("\n");

    const runs = Array.from({ length: 5 }, () => freshKey("run"));
    const ids = await Promise.all(runs.map((run) => ofKilled.send("LaneTests/tools", JSON.stringify(run))));
    let kills = 0;
    while (kills < 4) {
      const before = await facts.completedSteps();
      // A fast machine may be through before the last kill.
      if (before === 60) break;
      const target = Math.min(before + 1 + Math.floor(Math.random() * 10), 60);
      await waitFor("some more steps are done", async () => (await facts.completedSteps()) >= target);
      await subject.kill();
      kills += 1;
      await subject.restart();
    }
    expect(kills).toBeGreaterThan(0);
    const replies = await Promise.all(ids.map((id) => ofKilled.attach(id)));
    for (const reply of replies) expect(reply).toEqual({ status: 200, body: toolResult });

    // 5 runs of 12 steps; what was made again was in flight at a kill: at most 3 lanes of 5 runs, each time.
    expect(new Set(made()).size).toBe(60);
    expect(made().length - 60).toBeLessThanOrEqual(kills * 15);
    expect(await facts.completedSteps()).toBe(60);
    expect((await facts.transientErrors()).filter(({ code }) => code === 570)).toEqual([]);
  });
});

test("lane() says what it needs", async () => {
  const foreign = {} as Parameters<typeof withLanes>[0];
  expect(() => lane(foreign, async () => 1)).toThrow(/withLanes\(\)/);
  expect(() => withLanes(foreign)).toThrow(/no promisesExecutor/);
});

// Random programs: trees of lanes, sequences and durable operations.

const { programs } = fc.letrec<{ programs: Program; leaf: Program; branch: Program }>((tie) => ({
  leaf: fc.record({
    kind: fc.constantFrom(
      "run" as const,
      "call" as const,
      "sleep" as const,
      "all" as const,
      "race" as const,
      "unjournaled" as const,
    ),
    name: fc.constant(""),
  }),
  branch: fc.record({
    kind: fc.constantFrom("lanes" as const, "sequence" as const),
    name: fc.constant(""),
    parts: fc.array(tie("programs"), { minLength: 1, maxLength: 3 }),
  }),
  programs: fc.oneof({ maxDepth: 3, depthIdentifier: "program" }, tie("leaf"), { arbitrary: tie("branch"), weight: 3 }),
}));

function withNames(program: Program, name = "p"): Program {
  if (!("parts" in program)) return { ...program, name };
  return { ...program, name, parts: program.parts.map((part, index) => withNames(part, `${name}.${index}`)) };
}

function resultOf(program: Program): unknown {
  if ("parts" in program) return program.parts.map(resultOf);
  if (program.kind === "all") return [`${program.name}-a`, `${program.name}-b`];
  return program.kind === "race" ? true : program.name;
}

function effectsOf(program: Program): string[] {
  if ("parts" in program) return program.parts.flatMap(effectsOf);
  if (program.kind === "all" || program.kind === "race") return [`${program.name}-a`, `${program.name}-b`];
  return program.kind === "sleep" ? [] : [program.name];
}
