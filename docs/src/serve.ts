import { portNumber } from "@durable-agents/crash-harness";
import { Command } from "commander";
import { build, createServer, serve } from "vitepress";
import { makeLibraryReference } from "./library-reference.ts";
import { docsRoot } from "./repository.ts";

const { port, dev } = new Command("npm run docs --")
  .description(
    "Builds the documentation, with the reference of the libraries, and serves it. DOCS_BASE is where it will be, " +
      "REPOSITORY_URL where its files are.",
  )
  .option("--port <port>", "where to serve it", portNumber, 5173)
  .option("--dev", "for writers: build nothing, and show each change at once")
  .parse()
  .opts<{ port: number; dev?: boolean }>();

try {
  await makeLibraryReference();
  if (dev) {
    const server = await createServer(docsRoot, { port });
    await server.listen();
    server.printUrls();
  } else {
    await build(docsRoot);
    await serve({ root: docsRoot, port });
  }
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
