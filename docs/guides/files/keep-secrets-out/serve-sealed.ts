import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import { serviceOptions } from "#shared/serve";
import { journalKey, sealed } from "./sealed.ts";
import { services } from "./services.ts";

const key = journalKey();
const handler = createEndpointHandler({
  services,
  defaultServiceOptions: serviceOptions,
  journalValueCodecProvider: async () => sealed(key),
});
const port = Number(process.env.PORT || 9080);
createServer(handler).listen(port, () => console.log(`Listening on port ${port}, with a sealed journal`));
