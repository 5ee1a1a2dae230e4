import { createEndpointHandler } from "@restatedev/restate-sdk/fetch";
import { serviceOptions } from "#shared/serve";
import { services } from "./services.ts";

// Cloudflare Workers and Deno take the same object. In Workers, set `nodejs_compat`.
export default { fetch: createEndpointHandler({ services, defaultServiceOptions: serviceOptions }) };
