import { createServer, type Http2Session } from "node:http2";
import { createEndpointHandler, type EndpointOptions, RestateError, TerminalError } from "@restatedev/restate-sdk";
import { retryPolicy } from "./model-calls.ts";

/**
 * What every service asks of Restate when an attempt at an invocation fails or falls silent: made for demonstrations, where
 * a client waits. In production, let `maxInterval` grow to ten seconds, and pause instead of killing if no client waits.
 */
export const serviceOptions = {
  // The model calls have their own limit, so what fails here is the process: ask often whether it is back.
  retryPolicy: {
    initialInterval: 50,
    exponentiationFactor: 2,
    maxInterval: 250,
    // Five minutes at four a second. Then the client gets an error: a paused invocation would keep it waiting.
    maxAttempts: 1_200,
    onMaxAttempts: "kill",
  },
  // An attempt that is silent for the server's inactivity timeout (a minute) is asked to suspend, and cut off this much
  // later. A model call is over after half of that, or less.
  abortTimeout: { milliseconds: Math.max(60_000, 2 * retryPolicy.answerTimeout) },
  // Faults of the model are answers in the journal (@durable-agents/model-calls). What a handler throws besides is a
  // mistake in the code, which comes again with every replay: the client gets it at once. Restate's own errors are retried.
  asTerminalError: (error: unknown) =>
    error instanceof RestateError ? undefined : new TerminalError(`Unexpected error: ${error}`, { errorCode: 500 }),
  journalRetention: { days: 1 },
  idempotencyRetention: { days: 1 },
} as const;

/** How long a process that is asked to end waits for what it is doing, in milliseconds. The rest resumes elsewhere. */
const DRAIN_TIMEOUT = 10_000;

/**
 * Serves services over HTTP/2 on `$PORT` (9080 unless set) until SIGTERM or SIGINT. Then it takes nothing new, lets the
 * attempts in flight finish for at most ten seconds, and exits with 0.
 *
 * If the port is busy or no port at all, it says so and exits with 1.
 *
 * @param services what `restate.implement` returned
 * @param options which Restate may call them, and how their values are encoded; any, and as JSON, unless set
 * @returns the port
 */
export async function serve(
  services: EndpointOptions["services"],
  options: Pick<EndpointOptions, "identityKeys" | "journalValueCodecProvider"> = {},
): Promise<number> {
  const port = Number(process.env.PORT || 9080);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return refuse(`PORT is ${JSON.stringify(process.env.PORT)}; it takes a whole number from 0 to 65535`);
  }
  const server = createServer(createEndpointHandler({ ...options, services, defaultServiceOptions: serviceOptions }));
  const sessions = new Set<Http2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  let draining = false;
  const drain = () => {
    if (draining) return;
    draining = true;
    server.close(() => process.exit(0));
    for (const session of sessions) session.close();
    setTimeout(() => process.exit(0), DRAIN_TIMEOUT).unref();
  };
  // Not `once`: an SDK that ends the process when there is no other listener (OpenAI Agents) has to find one.
  process.on("SIGTERM", drain);
  process.on("SIGINT", drain);
  server.once("error", (error: NodeJS.ErrnoException) =>
    refuse(error.code === "EADDRINUSE" ? `Port ${port} is busy; choose another with PORT=${port + 1}` : error.message),
  );
  await new Promise<void>((resolve) => server.listen(port, resolve));
  const address = server.address();
  const bound = typeof address === "object" && address ? address.port : port;
  console.log(`Listening on port ${bound}`);
  return bound;
}

function refuse(problem: string): never {
  console.error(problem);
  process.exit(1);
}
