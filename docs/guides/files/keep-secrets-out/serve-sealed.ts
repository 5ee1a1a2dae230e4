import "#shared/drop-empty-variables";
import { serve } from "#shared/serve";
import { journalKey, sealed } from "./sealed.ts";
import { services } from "./services.ts";

const key = journalKey();
await serve(services, { journalValueCodecProvider: async () => sealed(key) });
