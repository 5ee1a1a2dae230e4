import { createEndpointHandler } from "@restatedev/restate-sdk/lambda";
import { serviceOptions } from "#shared/serve";
import { services } from "./services.ts";

// Who may invoke the function is up to IAM. With a key, it also has to be your Restate.
const identityKey = process.env.REQUEST_IDENTITY_PUBLIC_KEY;

export const handler = createEndpointHandler({
  services,
  defaultServiceOptions: serviceOptions,
  ...(identityKey && { identityKeys: [identityKey] }),
});
