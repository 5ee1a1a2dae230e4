import { createRequire } from "node:module";
import type { Context } from "@restatedev/restate-sdk";

// The only file that touches what the SDK does not document: the field of a context through which every await of every
// RestatePromise goes. Read in @restatedev/restate-sdk 1.17.2, dist/promises.js and dist/context_impl.js.

/** The SDK version that this was written for. */
export const SUPPORTED_SDK_VERSION = "1.17.2";

/** A promise, as the executor sees it. */
export interface Awaitable {
  /** Takes the result out of the state machine, if it is there. */
  tryComplete(): Promise<void>;
  /** Rejects the promise because the invocation was cancelled. */
  tryCancel(): void;
  /** Whether the result was there; combinators and mapped promises do not have it. */
  isCompleted?(): boolean;
  /** What the state machine should wait for, or null when the promise is settled. */
  unresolvedFuture(): unknown;
}

/** Drives the state machine until a promise is settled. It takes one call at a time. */
export interface Executor {
  doProgress(promise: Awaitable): Promise<void>;
  /** Wakes a `doProgress` that waits for the network, so that it looks at its promise again. */
  externalProgressChannel: { signal(): void };
}

interface Internals {
  promisesExecutor: Executor;
}

/** Why lanes can't work with the installed SDK, or undefined if they can. */
export function unsupportedReason(): string | undefined {
  const { version } = createRequire(import.meta.url)("@restatedev/restate-sdk/package.json") as { version: string };
  if (version === SUPPORTED_SDK_VERSION) return undefined;
  return (
    `@durable-agents/lanes was written for @restatedev/restate-sdk ${SUPPORTED_SDK_VERSION}, and ${version} is installed. ` +
    `Lanes run one after the other now, which is right but slow. Install ${SUPPORTED_SDK_VERSION} to have them in parallel.`
  );
}

/**
 * Puts another executor in the place of a context's own.
 *
 * @param replace makes it from the original one
 * @throws Error if the context is not built as this file expects
 */
export function replaceExecutor(ctx: Context, replace: (original: Executor) => Pick<Executor, "doProgress">): void {
  const internals = ctx as unknown as Partial<Internals>;
  const original = internals.promisesExecutor;
  if (typeof original?.doProgress !== "function" || typeof original.externalProgressChannel?.signal !== "function") {
    throw new Error(
      `This is not a context of @restatedev/restate-sdk ${SUPPORTED_SDK_VERSION}: it has no promisesExecutor. ` +
        "Pass the context that Restate gave to the handler.",
    );
  }
  internals.promisesExecutor = replace(original) as Executor;
}
