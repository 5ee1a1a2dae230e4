import { createEndpointHandler } from "@restatedev/restate-sdk/fetch";
import { serviceOptions } from "#shared/serve";
import { services } from "./services.ts";

// It is public, so it takes requests of one Restate only.
const identityKey = process.env.REQUEST_IDENTITY_PUBLIC_KEY;
if (!identityKey) throw new Error("REQUEST_IDENTITY_PUBLIC_KEY is not set. restate-server prints it when it starts.");

// Cloudflare Workers and Deno take the same object. In Workers, set `nodejs_compat`.
export default {
  fetch: createEndpointHandler({ services, defaultServiceOptions: serviceOptions, identityKeys: [identityKey] }),
};
