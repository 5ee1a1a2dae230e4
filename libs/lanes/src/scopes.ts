import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "@restatedev/restate-sdk";
import { lane } from "./index.ts";

/** Where code is running: in which handler, and whatever else its library keeps for it. */
export interface LaneScope {
  /** The context of the handler. */
  ctx: Context;
}

/** How code that an SDK calls, without passing it a context, finds the one of its handler. For libraries that adapt an SDK. */
export interface LaneScopes<S extends LaneScope> {
  /** The scope that the code runs in, if any. */
  current(): S | undefined;
  /** Runs a body, and all that it calls, in a scope. */
  within<T>(scope: S, body: () => T): T;
  /** Makes a function a lane whenever it is called in a scope; outside of one, it is what it was. */
  inLane<A extends unknown[], T>(body: (...args: A) => T | PromiseLike<T>): (...args: A) => Promise<T>;
  /**
   * The context of the handler.
   *
   * @throws Error outside of a scope
   */
  restateContext<C extends Context = Context>(): C;
}

/**
 * Scopes for a library that adapts an SDK; make them once, when its module is loaded.
 *
 * @param entry the function of the library that opens scopes, such as `durableRun()`, for the error of restateContext
 */
export function laneScopes<S extends LaneScope>(entry: string): LaneScopes<S> {
  const scopes = new AsyncLocalStorage<S>();
  return {
    current: () => scopes.getStore(),
    within: (scope, body) => scopes.run(scope, body),
    inLane:
      (body) =>
      async (...args) => {
        const scope = scopes.getStore();
        return scope ? lane(scope.ctx, async () => body(...args)) : body(...args);
      },
    restateContext: <C extends Context>() => {
      const scope = scopes.getStore();
      if (!scope) throw new Error(`restateContext() works in what ${entry} calls`);
      return scope.ctx as C;
    },
  };
}
