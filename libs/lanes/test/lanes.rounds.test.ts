import { join } from "node:path";
import { freshKey, waitFor } from "@durable-agents/crash-harness";
import { inRounds, ROUNDS, serveForTest, testRandomKills } from "@durable-agents/testkit/library-test";
import { effects, stepsOf } from "@durable-agents/testkit/test-services";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lane, withLanes } from "../src/index.ts";
import { type Program, services } from "./services.ts";

const served = serveForTest(services);
const { call, callInRounds, cancelWhenAsleep, errorsOf, expectNoRepeats, newErrors } = served;

const toolResult = stepsOf("alpha", "beta", "gamma");

describe(`with a replay at every await, ${ROUNDS} times`, () => {
  test("tools of several steps, with un-journaled waits", async () => {
    await callInRounds("tools", toolResult);
    await expectNoRepeats({ steps: ROUNDS * 12 });
  });

  test("everything that a context has", async () => {
    await callInRounds("constructs", {
      results: [
        "mapped!",
        "in time",
        [1, 2],
        "called",
        "TimeoutError",
        "awake",
        "fulfilled,rejected",
        "any",
        "the card was declined",
        "nested-1,nested-2,nested-3",
        2,
        "caught outside",
      ],
      went: true,
    });
    await expectNoRepeats({ steps: ROUNDS * 7 });
  });

  test("random programs: the right result, every step once, no mismatch", async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const named = withNames(program);
        const run = freshKey("run");
        expect(await call("execute", { run, program: named })).toEqual({ status: 200, body: resultOf(named) });
        expect(effects.filter((effect) => effect.startsWith(`${run} `)).toSorted()).toEqual(
          effectsOf(named)
            .map((step) => `${run} ${step}`)
            .toSorted(),
        );
      }),
      { numRuns: ROUNDS },
    );
    expect(await newErrors()).toEqual([]);
  });

  test("lanes one after the other, for an SDK that we do not know", async () => {
    await callInRounds("toolsSequential", toolResult);
    await expectNoRepeats({ steps: ROUNDS * 12 });
  });

  test("lanes that clean up after a cancellation", async () => {
    await inRounds(async () => {
      const run = freshKey("run");
      const reply = await cancelWhenAsleep("compensate", run, 3);
      expect(reply).toMatchObject({ status: 409, body: { message: "cancelled, and undone" } });
      expect(effects.filter((effect) => effect.startsWith(`${run} `) && effect.includes(": undo"))).toHaveLength(6);
    });
    await expectNoRepeats({ steps: ROUNDS * 9 });
  });
});

test("a cancellation reaches every lane", async () => {
  const run = freshKey("run");
  const id = await served.send("waitForCancellation", run);
  await waitFor("all lanes wait", () => effects.includes(`${run} first`));
  await served.environment.server.cancel(id);
  expect(await served.environment.ingress.attach(id)).toMatchObject({ status: 409 });
  expect(effects).toContain(`${run} CancelledError,CancelledError,CancelledError`);
  expect(await newErrors()).toEqual([]);
});

test("the same tools without lanes fail", async () => {
  const errors = await errorsOf("toolsWithoutLanes", freshKey("run"));
  expect(errors).toMatch(/awaitNext already pending|Found a mismatch/);
});

test("lane() says what it needs", async () => {
  const foreign = {} as Parameters<typeof withLanes>[0];
  expect(() => lane(foreign, async () => 1)).toThrow(/withLanes\(\)/);
  expect(() => withLanes(foreign)).toThrow(/no promisesExecutor/);
});

testRandomKills({
  services: join(import.meta.dirname, "services.ts"),
  calls: Array(5).fill("LaneTests/tools"),
  effects: 5 * 12,
  steps: 5 * 12,
  inFlight: 5 * 3,
  reply: { status: 200, body: toolResult },
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
