// Everything on this machine: restate-server, the service, and the mock model unless OPENAI_API_KEY is set.
import { join } from "node:path";
import { callPath, type LocalOptions, localOptions, readRequests, runLocally } from "@durable-agents/crash-harness";
import { Command } from "commander";
import { agents } from "./mock-model/index.ts";
import manifest from "./package.json" with { type: "json" };

const folder = import.meta.dirname;

/** The requests that are printed to be tried, by their file in requests/. */
const shown = [];

const command = new Command("node local.ts")
  .description("Runs the service with restate-server and, unless OPENAI_API_KEY is set, the mock model.")
  .option("--watch", "start the service again when its code changes");
const { watch, ...options } = localOptions(command, ".restate")
  .parse()
  .opts<Omit<LocalOptions, "dataFolder"> & { watch?: boolean; dataFolder?: string }>();

const requests = readRequests(join(folder, "requests"))
  .filter(({ name }) => shown.includes(name))
  .map((request) => ({ path: `restate/call/${callPath(request, "session123")}`, body: request.body }));

try {
  await runLocally(
    {
      title: manifest.name,
      folder,
      agents,
      envFile: join(folder, ".env"),
      requests,
      watch: watch ? [join(folder, "src"), join(folder, "shared")] : [],
    },
    { ...options, dataFolder: options.dataFolder ?? join(folder, ".restate") },
  );
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
