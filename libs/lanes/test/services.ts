import { setTimeout as pause } from "node:timers/promises";
import { awaits, echo, fourSteps, step } from "@durable-agents/testkit/test-services";
import {
  type Context,
  type ObjectContext,
  object,
  RestatePromise,
  service,
  TerminalError,
} from "@restatedev/restate-sdk";
import { lane, mapLanes, withLanes } from "../src/index.ts";

/** One node of a random program. */
export type Program =
  | { kind: "run" | "call" | "sleep" | "all" | "race" | "unjournaled"; name: string }
  | { kind: "lanes" | "sequence"; name: string; parts: Program[] };

async function execute(ctx: Context, run: string, program: Program): Promise<unknown> {
  const { name } = program;
  switch (program.kind) {
    case "run":
      return step(ctx, run, name, name);
    case "call":
      return ctx.serviceClient(worker).work({ run, name });
    case "sleep":
      await ctx.sleep(Math.ceil(Math.random() * 10));
      return name;
    case "all":
      return RestatePromise.all([step(ctx, run, `${name}-a`, "a"), step(ctx, run, `${name}-b`, "b")]);
    case "race": {
      // Who wins is random, and the same at every replay; the loser is waited for, so that its effect is counted.
      const [a, b] = [step(ctx, run, `${name}-a`, "a"), step(ctx, run, `${name}-b`, "b")];
      const winner = await RestatePromise.race([a, b]);
      await RestatePromise.all([a, b]);
      return winner === `${name}-a` || winner === `${name}-b`;
    }
    case "unjournaled":
      await pause(Math.random() * 5);
      return step(ctx, run, name, name);
    case "sequence": {
      const results = [];
      for (const part of program.parts) results.push(await execute(ctx, run, part));
      return results;
    }
    case "lanes":
      return mapLanes(ctx, program.parts, (part) => execute(ctx, run, part));
  }
}

const worker = service({
  name: "Worker",
  handlers: {
    work: async (ctx: Context, { run, name }: { run: string; name: string }) => step(ctx, run, name),
  },
});

/** Three tools of four steps. */
const tools = (ctx: Context, run: string, runTool: (body: () => Promise<string>) => Promise<string>) =>
  Promise.all(["alpha", "beta", "gamma"].map((tool) => runTool(() => fourSteps(ctx, run, tool))));

const laneTests = service({
  name: "LaneTests",
  handlers: {
    execute: async (ctx: Context, { run, program }: { run: string; program: Program }) =>
      execute(withLanes(ctx), run, program),
    tools: async (ctx: Context, run: string) => tools(withLanes(ctx), run, (body) => lane(ctx, body)),
    toolsSequential: async (ctx: Context, run: string) =>
      tools(withLanes(ctx, { sequential: true }), run, (body) => lane(ctx, body)),
    // The baseline: the same without lanes.
    toolsWithoutLanes: async (ctx: Context, run: string) => tools(ctx, run, (body) => body()),
    constructs: async (ctx: Context, run: string) => {
      withLanes(ctx);
      const before = await ctx.date.now();
      const results = await Promise.all([
        lane(ctx, async () => step(ctx, run, "mapped").map((value) => `${value}!`)),
        lane(ctx, async () => step(ctx, run, "in time").orTimeout({ seconds: 60 })),
        ...Object.values(awaits).map((body) => lane(ctx, async () => body(ctx))),
        lane(ctx, async () => {
          const settled = await RestatePromise.allSettled([
            step(ctx, run, "settled"),
            ctx.serviceClient(echo).decline(),
          ]);
          return settled.map(({ status }) => status).join();
        }),
        lane(ctx, async () => RestatePromise.any([ctx.serviceClient(echo).decline(), step(ctx, run, "any")])),
        lane(ctx, async () =>
          ctx
            .serviceClient(echo)
            .decline()
            .catch((error: Error) => error.message),
        ),
        lane(ctx, async () => {
          const inner = await mapLanes(ctx, [1, 2, 3], (number) => step(ctx, run, `nested-${number}`));
          return inner.join();
        }),
        lane(ctx, async () => ctx.objectClient(counter, run).add(2)),
        lane(ctx, async () => {
          throw new Error("caught outside");
        }).catch((error: Error) => error.message),
      ]);
      const after = await ctx.date.now();
      return { results, went: after >= before };
    },
    compensate: async (ctx: Context, run: string) => {
      withLanes(ctx);
      const saga = (name: string) =>
        lane(ctx, async () => {
          await step(ctx, run, `${name}: do`);
          try {
            await ctx.sleep({ hours: 1 });
          } catch (error) {
            for (const number of [1, 2]) {
              await pause(Math.random() * 10);
              await step(ctx, run, `${name}: undo ${number}`);
            }
            throw error;
          }
        });
      await Promise.allSettled([saga("a"), saga("b"), saga("c")]);
      throw new TerminalError("cancelled, and undone", { errorCode: 409 });
    },
    waitForCancellation: async (ctx: Context, run: string) => {
      withLanes(ctx);
      const outcomes = await Promise.allSettled([
        lane(ctx, async () => ctx.sleep({ hours: 1 })),
        lane(ctx, async () => ctx.awakeable<void>().promise),
        lane(ctx, async () => RestatePromise.all([ctx.sleep({ hours: 1 }), step(ctx, run, "first")])),
      ]);
      await step(
        ctx,
        run,
        outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.name : "?")).join(),
      );
      throw outcomes.find((outcome) => outcome.status === "rejected")?.reason;
    },
  },
});

const counter = object({
  name: "Counter",
  handlers: {
    add: async (ctx: ObjectContext, amount: number) => {
      withLanes(ctx);
      const [count] = await Promise.all([
        lane(ctx, async () => (await ctx.get<number>("count")) ?? 0),
        lane(ctx, async () => ctx.stateKeys()),
      ]);
      ctx.set("count", count + amount);
      return count + amount;
    },
  },
});

export const services = [laneTests, echo, worker, counter];
