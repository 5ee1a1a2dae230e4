import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  type Context,
  createEndpointHandler,
  type EndpointOptions,
  RestatePromise,
  service,
  TerminalError,
} from "@restatedev/restate-sdk";

/** What steps did in this process, oldest first. */
export const effects: string[] = [];

const stepsUnderWay = new Set<Promise<unknown>>();

/** Resolves when no step of this process is under way, also of requests that are over. */
export const stepsEnded = () => Promise.allSettled(stepsUnderWay);

/**
 * A step of a test service: it takes a random time, and then has an effect, which is seen in {@link effects} and, in a
 * process that is killed, by the effects server.
 *
 * @param run the request; no two steps of one do the same
 * @param name in the journal, where equal names must not matter
 * @returns what it did
 */
export const step = (ctx: Context, run: string, what: string, name = "step") =>
  ctx.run(name, async () => {
    const effect = makeEffect(`${run} ${what}`);
    stepsUnderWay.add(effect);
    await effect.finally(() => stepsUnderWay.delete(effect));
    return what;
  });

async function makeEffect(effect: string): Promise<void> {
  await pause(Math.random() * 20);
  effects.push(effect);
  const { EFFECTS_BASE_URL } = process.env;
  if (EFFECTS_BASE_URL) await fetch(EFFECTS_BASE_URL, { method: "POST", body: effect });
}

/** Four steps, one after the other, with waits in between that are not journaled. @returns what {@link stepsOf} says */
export async function fourSteps(ctx: Context, run: string, what: string): Promise<string> {
  const made: string[] = [];
  for (const number of [1, 2, 3, 4]) {
    await pause(Math.random() * 5);
    made.push(await step(ctx, run, `${what}-${number}`));
  }
  return made.join();
}

/** What {@link fourSteps} returns, for each of these. */
export const stepsOf = (...names: string[]) =>
  names.map((name) => [1, 2, 3, 4].map((step) => `${name}-${step}`).join());

/** Ends a request with 418. */
export const decline = (): never => {
  throw new TerminalError("the card was declined", { errorCode: 418 });
};

/** What other services call; each test serves it, too. */
export const echo = service({
  name: "Echo",
  handlers: {
    say: async (_: Context, text: string) => text,
    wake: async (ctx: Context, { id, value }: { id: string; value: unknown }) => ctx.resolveAwakeable(id, value),
    decline: async (): Promise<string> => decline(),
  },
});

/** What code may await besides steps, by its name. The results are `[1, 2]`, `called`, `TimeoutError` and `awake`. */
export const awaits: Record<string, (ctx: Context) => PromiseLike<unknown>> = {
  all: (ctx) => RestatePromise.all([ctx.run("a", () => 1), ctx.run("b", () => 2)]),
  call: (ctx) => ctx.serviceClient(echo).say("called"),
  sleep: (ctx) =>
    ctx
      .sleep({ hours: 1 })
      .orTimeout(20)
      .then(
        () => "slept",
        (error: Error) => error.name,
      ),
  awakeable: (ctx) => {
    const { id, promise } = ctx.awakeable<string>();
    ctx.serviceSendClient(echo).wake({ id, value: "awake" });
    return promise;
  },
};

/** Services as `serve()` takes them. */
export type TestServices = EndpointOptions["services"];

/**
 * Serves services.
 *
 * @param services their attempts are retried after a quarter of a second at most
 * @param options.port a free one unless set
 * @param options.maxAttempts after how many attempts the client gets the error; there is no limit unless set
 * @returns where, and how it ends
 */
export async function serveServices(
  services: TestServices,
  { port = 0, maxAttempts }: { port?: number; maxAttempts?: number } = {},
): Promise<{ url: string; close: () => void }> {
  const retryPolicy = {
    initialInterval: 50,
    maxInterval: 250,
    ...(maxAttempts !== undefined && { maxAttempts, onMaxAttempts: "kill" as const }),
  };
  const server = createServer(
    createEndpointHandler({ services, logger: () => undefined, defaultServiceOptions: { retryPolicy } }),
  );
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
