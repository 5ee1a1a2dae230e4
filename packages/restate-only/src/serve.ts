import { serve } from "#shared/serve";
import { services } from "./services.ts";

await serve(services);
