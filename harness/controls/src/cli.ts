import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { measuredOn, repositoryRoot } from "@durable-agents/testkit";
import { Command } from "commander";
import { Listr } from "listr2";
import { compare, patterns, type Sample } from "./comparison.ts";
import { findSystem, type RunningSystem, systems } from "./systems.ts";
import { formatTable, type Results } from "./table.ts";

const { only, output } = new Command("npm run control --")
  .description(
    "Kills the same work at the same moments: as plain LangGraph programs with a checkpointer, and as LangGraph on\n" +
      "Restate. Shows who resumes, and what is repeated. It takes about two minutes.",
  )
  .option("--only <system>", `one of ${systems.map(({ name }) => name).join(", ")} instead of all`)
  .option("--output <file>", "where the raw samples go", join(repositoryRoot, "results/local/langgraph-control.json"))
  .parse()
  .opts<{ only?: string; output: string }>();

async function main(): Promise<void> {
  const compared = only === undefined ? systems : [findSystem(only)];
  const environment = measuredOn("npm run control");
  const samples: Sample[] = [];
  let running: RunningSystem | undefined;

  const progress = new Listr(
    compared.map(({ name, title, start }) => ({
      title,
      task: (_, task) =>
        task.newListr([
          {
            title: "start it",
            task: async () => {
              running = await start();
            },
          },
          ...patterns.map((pattern) => ({
            title: pattern.pattern,
            task: async (_: unknown, row: { title: string }) => {
              const rows = await compare(name, running as RunningSystem, pattern);
              samples.push(...rows);
              row.title = `${pattern.pattern}: killed ${rows.length} times`;
            },
          })),
          {
            title: "stop it",
            task: async () => {
              await running?.[Symbol.asyncDispose]();
            },
          },
        ]),
    })),
    { registerSignalListeners: false, rendererOptions: { collapseSubtasks: false }, fallbackRenderer: "simple" },
  );
  try {
    await progress.run();
  } finally {
    await running?.[Symbol.asyncDispose]();
  }

  const results: Results = { environment, systems: compared.map(({ name, title }) => ({ name, title })), samples };
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${formatTable(results)}\n`);
  console.log(`Raw samples: ${relative(process.cwd(), output)}`);
}

try {
  await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
