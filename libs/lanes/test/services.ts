import { setTimeout as pause } from "node:timers/promises";
import { takeStep } from "@durable-agents/testkit/test-services";
import {
  type Context,
  type ObjectContext,
  object,
  RestatePromise,
  service,
  TerminalError,
} from "@restatedev/restate-sdk";
import { lane, mapLanes, withLanes } from "../src/index.ts";

const step = (ctx: Context, run: string, name: string, millis?: number) =>
  ctx.run(name, async () => {
    await takeStep(`${run} ${name}`, millis);
    return name;
  });

/** One node of a random program. */
export type Program =
  | { kind: "run" | "call" | "sleep" | "all" | "race" | "unjournaled"; name: string }
  | { kind: "lanes" | "sequence"; name: string; parts: Program[] };

async function execute(ctx: Context, run: string, program: Program): Promise<unknown> {
  const { name } = program;
  switch (program.kind) {
    case "run":
      return step(ctx, run, name);
    case "call":
      return ctx.serviceClient(echo).say({ run, text: name });
    case "sleep":
      await ctx.sleep(Math.ceil(Math.random() * 10));
      return name;
    case "all":
      return RestatePromise.all([step(ctx, run, `${name}-a`), step(ctx, run, `${name}-b`)]);
    case "race": {
      // Who wins is random, and the same at every replay; the loser is waited for, so that its effect is counted.
      const [a, b] = [step(ctx, run, `${name}-a`), step(ctx, run, `${name}-b`)];
      const winner = await RestatePromise.race([a, b]);
      await RestatePromise.all([a, b]);
      return winner === `${name}-a` || winner === `${name}-b`;
    }
    case "unjournaled":
      await pause(Math.random() * 5);
      return step(ctx, run, name);
    case "sequence": {
      const results = [];
      for (const part of program.parts) results.push(await execute(ctx, run, part));
      return results;
    }
    case "lanes":
      return mapLanes(ctx, program.parts, (part) => execute(ctx, run, part));
  }
}

const echo = service({
  name: "Echo",
  handlers: {
    say: async (ctx: Context, { run, text }: { run: string; text: string }) => step(ctx, run, text),
  },
});

/** Three tools of four steps, each of which also waits for something that is not in the journal. */
async function tools(ctx: Context, run: string, runTool: (body: () => Promise<string[]>) => Promise<string[]>) {
  return Promise.all(
    ["alpha", "beta", "gamma"].map((tool) =>
      runTool(async () => {
        const done: string[] = [];
        for (let number = 1; number <= 4; number++) {
          await pause(Math.random() * 4);
          done.push(await step(ctx, run, `${tool}-${number}`));
        }
        return done;
      }),
    ),
  );
}

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
        lane(ctx, async () => step(ctx, run, "in time", 1).orTimeout({ seconds: 60 })),
        lane(ctx, async () => {
          const outcome = await ctx
            .sleep({ seconds: 60 })
            .orTimeout(5)
            .then(
              () => "slept",
              (error) => error.name,
            );
          return outcome;
        }),
        lane(ctx, async () => {
          const { id, promise } = ctx.awakeable<string>();
          ctx.serviceSendClient(waker).wake({ id, text: "awake" });
          return promise;
        }),
        lane(ctx, async () => {
          const settled = await RestatePromise.allSettled([
            step(ctx, run, "settled"),
            ctx.serviceClient(waker).fail("no"),
          ]);
          return settled.map(({ status }) => status).join();
        }),
        lane(ctx, async () => RestatePromise.any([ctx.serviceClient(waker).fail("no"), step(ctx, run, "any")])),
        lane(ctx, async () =>
          ctx
            .serviceClient(waker)
            .fail("refused")
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

const waker = service({
  name: "Waker",
  handlers: {
    wake: async (ctx: Context, { id, text }: { id: string; text: string }) => ctx.resolveAwakeable(id, text),
    fail: async (_: Context, message: string): Promise<string> => {
      throw new TerminalError(message);
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

export const services = [laneTests, echo, waker, counter];
