import { serve } from "@restatedev/restate-sdk";
import { support } from "./agent.ts";

// On $PORT, or 9080. Retries, timeouts and how long journals are kept can be set here, for all services.
await serve({ services: [support] });
