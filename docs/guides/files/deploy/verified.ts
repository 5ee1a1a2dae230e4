import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import { serviceOptions } from "#shared/serve";
import { services } from "./services.ts";

const identityKey = process.env.REQUEST_IDENTITY_PUBLIC_KEY;
if (!identityKey) throw new Error("REQUEST_IDENTITY_PUBLIC_KEY is not set. restate-server prints it when it starts.");

const port = Number(process.env.PORT || 9080);
const handler = createEndpointHandler({ services, defaultServiceOptions: serviceOptions, identityKeys: [identityKey] });
createServer(handler).listen(port, () => console.log(`Listening on port ${port}, for one Restate only`));
