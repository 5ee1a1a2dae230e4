// In your project, this is src/services.ts as it is.
export { services } from "../../../../packages/vercel-ai/src/services.ts";
