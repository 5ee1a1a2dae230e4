// Packs the scaffolder, runs it outside of the repository, and installs, starts, crashes and tests what it makes. It needs
// the network and some minutes; `npm test` has the quick tests.
import { join } from "node:path";
import { createCommand } from "commander";
import { startVitest } from "vitest/node";

const { only } = createCommand("npm run create:test --")
  .description(
    "Packs the scaffolder, runs it outside of this repository, and installs, starts, crashes and tests what it makes.",
  )
  .option("--only <text>", "the projects whose title has this in it, such as yarn")
  .parse()
  .opts<{ only?: string }>();

const vitest = await startVitest("test", [], {
  root: join(import.meta.dirname, ".."),
  config: false,
  dir: join(import.meta.dirname, "../acceptance"),
  watch: false,
  reporters: ["verbose"],
  // Most of the time they wait for a registry or for a process that was killed.
  maxConcurrency: 3,
  testTimeout: 600_000,
  hookTimeout: 300_000,
  ...(only && { testNamePattern: only }),
});
await vitest?.close();
