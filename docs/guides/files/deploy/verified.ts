import "#shared/drop-empty-variables";
import { serve } from "#shared/serve";
import { services } from "./services.ts";

const identityKey = process.env.REQUEST_IDENTITY_PUBLIC_KEY;
if (!identityKey) throw new Error("REQUEST_IDENTITY_PUBLIC_KEY is not set. restate-server prints it when it starts.");

await serve(services, { identityKeys: [identityKey] });
