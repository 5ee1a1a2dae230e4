import { randomUUID } from "node:crypto";
import { serve as listen, type ServerType } from "@hono/node-server";
import type { Descriptor, InferInput, InferOutput } from "@restatedev/restate-sdk";
import { Hono } from "hono";

/** What a handler learns of a request besides its body. */
export interface Call {
  /** The client's `idempotency-key`: the same one for the same request. A fresh one if there was none. */
  idempotencyKey: string;
  /** Of a service with sessions, which one: `session123` in `/MultiAgentClaimSession/session123/run`. Empty elsewhere. */
  sessionId: string;
}

/** The handlers of a contract, as plain functions. */
export type Handlers<C extends Descriptor> = {
  [Name in keyof C["_handlers"]]: (
    input: InferInput<C["_handlers"][Name]>,
    call: Call,
  ) => Promise<InferOutput<C["_handlers"][Name]>>;
};

/** A contract with its handlers: what {@link serve} takes. */
export interface Endpoint {
  contract: Descriptor;
  handlers: Record<string, (input: unknown, call: Call) => Promise<unknown>>;
}

/**
 * Says how a contract is served; the counterpart of Restate's `implement`.
 *
 * @param handlers one for each handler of the contract; the input that they get fits the contract's schema
 */
export const endpoint = <C extends Descriptor>(contract: C, handlers: Handlers<C>): Endpoint => ({
  contract,
  handlers: handlers as Endpoint["handlers"],
});

/** Where this process listens: `$PORT`, or 9080 if that is unset or empty. */
const ownPort = () => Number(process.env.PORT || 9080);

/**
 * Serves contracts over HTTP on `$PORT` (9080 unless set), on the paths that they have on Restate: `/AgentRouter/answer`,
 * `/MultiAgentClaimSession/session123/run`. Input that does not fit is answered with 400 and a message that names the
 * field, an unknown path with 404, an error of a handler with 500 and its message.
 *
 * @returns the server, when it listens
 * @throws Error of the operating system if the port can't be had, such as EADDRINUSE
 */
export async function serve(endpoints: Endpoint[]): Promise<ServerType> {
  const port = ownPort();
  const app = new Hono();
  for (const { contract, handlers } of endpoints) {
    const session = contract._kind === "object" ? "/:sessionId" : "";
    for (const [name, handler] of Object.entries(handlers)) {
      const input = contract._handlers[name]?._inputSerde;
      app.post(`/${contract.name}${session}/${name}`, async (request) => {
        let body: unknown;
        try {
          body = input?.deserialize(new Uint8Array(await request.req.arrayBuffer()));
        } catch (error) {
          return request.json({ message: (error as Error).message }, 400);
        }
        const idempotencyKey = request.req.header("idempotency-key") ?? randomUUID();
        const call = { idempotencyKey, sessionId: request.req.param("sessionId") ?? "" };
        return request.json((await handler(body, call)) as object);
      });
    }
  }
  app.notFound((request) => request.json({ message: `There is no ${request.req.method} ${request.req.path}` }, 404));
  app.onError((error, request) => {
    console.error(error);
    return request.json({ message: error.message }, 500);
  });
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = listen({ fetch: app.fetch, port }, () => resolve(starting));
    starting.once("error", reject);
  });
  console.log(`Listening on port ${port}`);
  return server;
}

/** The contract of a service without sessions. */
type Service = Descriptor & { readonly _kind: "service" };

/** Handlers that are called over HTTP, in this process or, with SERVICES_URL, in another one. */
export type Client<C extends Service> = {
  [Name in keyof C["_handlers"]]: (
    input: InferInput<C["_handlers"][Name]>,
    options?: ClientOptions,
  ) => Promise<InferOutput<C["_handlers"][Name]>>;
};

/** What a call over HTTP may say besides its input. */
export interface ClientOptions {
  /** Equal keys mean the same request, where the service keeps requests. */
  idempotencyKey?: string;
}

/**
 * Calls a contract's handlers over HTTP, as one service calls another without Restate: one attempt, which is lost with
 * either process.
 *
 * @returns a function for each handler; it throws an Error with status and answer if the status is not 200
 */
export function client<C extends Service>(contract: C): Client<C> {
  const call = async (name: string, input: unknown, { idempotencyKey }: ClientOptions = {}) => {
    const services = process.env.SERVICES_URL || `http://127.0.0.1:${ownPort()}`;
    const response = await fetch(`${services}/${contract.name}/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(idempotencyKey && { "idempotency-key": idempotencyKey }) },
      body: JSON.stringify(input),
    });
    if (!response.ok) throw new Error(`${contract.name}/${name}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return Object.fromEntries(
    Object.keys(contract._handlers).map((name) => [
      name,
      (input: unknown, options?: ClientOptions) => call(name, input, options),
    ]),
  ) as Client<C>;
}
