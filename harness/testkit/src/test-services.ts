import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createEndpointHandler, type EndpointOptions } from "@restatedev/restate-sdk";

/** What steps did in this process, oldest first. */
export const effects: string[] = [];

/**
 * What a step of a test service does: it takes a random time, and then has an effect, which is seen in {@link effects} and,
 * in a process that is killed, by the effects server.
 *
 * @param effect what is done; no other step does the same
 * @param millis how long it takes
 */
export async function takeStep(effect: string, millis = Math.random() * 20): Promise<void> {
  await pause(millis);
  effects.push(effect);
  const { EFFECTS_BASE_URL } = process.env;
  if (EFFECTS_BASE_URL) await fetch(EFFECTS_BASE_URL, { method: "POST", body: effect });
}

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
