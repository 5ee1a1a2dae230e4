import { portNumber } from "@durable-agents/testkit";
import { Command } from "commander";
import { build, createServer, serve } from "vitepress";
import { docsRoot } from "./repository.ts";

interface Options {
  port: number;
  dev?: boolean;
  build: boolean;
}

const { port, ...options } = new Command("npm run docs --")
  .description(
    "Builds the documentation and serves it. DOCS_BASE is where it will be, REPOSITORY_URL where its files are.",
  )
  .option("--port <port>", "where to serve it", portNumber, 5173)
  .option("--dev", "for writers: build nothing, and show each change at once")
  .option("--no-build", "serve what was built before")
  .parse()
  .opts<Options>();

try {
  await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function main(): Promise<void> {
  if (options.dev) {
    const server = await createServer(docsRoot, { port });
    await server.listen();
    server.printUrls();
  } else {
    if (options.build) await build(docsRoot);
    await serve({ root: docsRoot, port });
  }
}
