import { createEndpointHandler } from "@restatedev/restate-sdk/lambda";
import { serviceOptions } from "#shared/serve";
import { services } from "./services.ts";

export const handler = createEndpointHandler({ services, defaultServiceOptions: serviceOptions });
