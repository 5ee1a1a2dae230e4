import { serveServices } from "./test-services.ts";

// A program, for tests that kill it: serves on $PORT what the module that it is given exports as `services`.

const { services } = await import(process.argv[2] as string);
await serveServices(services, { port: Number(process.env.PORT) });
