import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "@restatedev/restate-sdk";
import { LaneScheduler, SequentialLanes } from "./scheduler.ts";
import { replaceExecutor, unsupportedReason } from "./sdk-internals.ts";

export { type LaneScope, type LaneScopes, laneScopes } from "./scopes.ts";
export { SUPPORTED_SDK_VERSION } from "./sdk-internals.ts";

const problem = unsupportedReason();
if (problem) console.error(problem);

const steps = new AsyncLocalStorage<true>();

/**
 * Whether code runs in a closure of `ctx.run`, of a context that went through {@link withLanes}. A step has no steps, and no
 * lanes: what it does is its own business.
 */
export const isInStep = (): boolean => steps.getStore() === true;

/** How the lanes of a context are run. */
interface Runner {
  run<T>(body: () => Promise<T>): Promise<T>;
}

const runners = new WeakMap<Context, Runner>();

/**
 * Makes a context one that several lanes can await on at the same time. Call it once, at the top of the handler; calling
 * it again does nothing.
 *
 * @param ctx the context that Restate gave to the handler
 * @param options how lanes run
 * @param options.sequential runs lanes one after the other instead, which needs nothing undocumented of the SDK
 * @returns the same context
 * @throws Error if it is not a context of the SDK
 */
export function withLanes<C extends Context>(ctx: C, { sequential = problem !== undefined } = {}): C {
  if (runners.has(ctx)) return ctx;
  if (sequential) {
    runners.set(ctx, new SequentialLanes());
    return ctx;
  }
  replaceExecutor(ctx, (original) => {
    const scheduler = new LaneScheduler(original);
    runners.set(ctx, scheduler);
    return scheduler;
  });
  bindRunClosures(ctx);
  return ctx;
}

/**
 * Runs a body as a lane: its awaits on the context overlap with those of other lanes, and come back in the same order at
 * every replay. Lanes may start lanes. A lane must not wait, except through the context, for a lane beside it. In a closure
 * of `ctx.run`, the body simply runs.
 *
 * @param ctx a context that went through {@link withLanes}
 * @param body what the lane does; it may await on the context
 * @returns what the body returns; rejects with what it throws
 * @throws Error if the context did not go through {@link withLanes}
 */
export function lane<T>(ctx: Context, body: () => Promise<T>): Promise<T> {
  const runner = runners.get(ctx);
  if (!runner)
    throw new Error("lane() needs a context that went through withLanes(); call it at the top of the handler");
  return isInStep() ? body() : runner.run(body);
}

/**
 * Maps items in parallel lanes.
 *
 * @param ctx a context that went through {@link withLanes}
 * @param items what to map
 * @param body what is done with one item, as a lane
 * @returns the results, in the order of the items
 */
export function mapLanes<T, R>(
  ctx: Context,
  items: readonly T[],
  body: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  return Promise.all(items.map((item, index) => lane(ctx, () => body(item, index))));
}

/** A closure is started by whichever lane drives the state machine; it gets the async context of the one that wrote it. */
function bindRunClosures(ctx: Context): void {
  const run = ctx.run.bind(ctx) as (...args: unknown[]) => unknown;
  const asStep = (arg: unknown) =>
    typeof arg === "function" ? AsyncLocalStorage.bind(() => steps.run(true, arg as () => unknown)) : arg;
  const bound = (...args: unknown[]) => run(...args.map(asStep));
  Object.defineProperty(ctx, "run", { value: bound });
}
