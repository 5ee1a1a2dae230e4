import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ResearchReport } from "@durable-agents/shared/contracts/orchestrator-worker";
import { Bench, findImplementation, findImplementations, measuredOn, repositoryRoot } from "@durable-agents/testkit";
import { Command, InvalidArgumentError } from "commander";
import { Listr } from "listr2";
import { demonstrate, demoPatterns, isDurable, type Sample } from "./crash-demo.ts";
import { formatMeaning, formatTable, type Results } from "./table.ts";

const topicText = (topic: string) => {
  try {
    ResearchReport._handlers.generate._inputSerde?.deserialize(new TextEncoder().encode(JSON.stringify({ topic })));
    return topic;
  } catch (error) {
    throw new InvalidArgumentError(String((error as Error).message).replace(/^.*\n/, "It does not fit the contract: "));
  }
};

const { topic, only, output } = new Command("npm start --")
  .description(
    "Runs every pattern on every implementation, once undisturbed and once killed with SIGKILL half way, and shows what\n" +
      "was lost and repeated. The model is a mock; what runs and is killed is real.",
  )
  .option("--topic <text>", "the topic of the research report", topicText)
  .option("--only <implementation>", "one implementation instead of all")
  .option("--output <file>", "where the raw samples go", join(repositoryRoot, "results/local/start.json"))
  .parse()
  .opts<{ topic?: string; only?: string; output: string }>();

async function main(): Promise<number> {
  const implementations = only === undefined ? findImplementations() : [findImplementation(only)];
  if (process.env.OPENAI_API_KEY) {
    console.log(
      "OPENAI_API_KEY is set, but crashes are shown with the mock model: it can be held and counted, and costs",
    );
    console.log(`nothing. Your key is used by: npm run dev -- ${implementations[0]?.name}\n`);
  }
  const patterns = demoPatterns.map(({ pattern, request }) =>
    topic !== undefined && request.call === "ResearchReport/generate"
      ? { pattern, request: { ...request, name: "own topic", body: { topic } } }
      : { pattern, request },
  );
  const environment = measuredOn("npm start");
  const samples: Sample[] = [];
  let bench: Bench | undefined;

  const progress = new Listr(
    implementations.map(({ name, folder, manifest }) => ({
      title: manifest.title,
      task: (_, task) =>
        task.newListr([
          {
            title: "start restate-server, the mock model and the services",
            task: async () => {
              bench = await Bench.start({ folder });
            },
          },
          ...patterns.map((pattern) => ({
            title: pattern.pattern,
            task: async (_: unknown, row: { title: string }) => {
              const sample = await demonstrate(bench as Bench, name, pattern);
              samples.push(sample);
              row.title = `${pattern.pattern}: killed after ${sample.completedBeforeKill} of ${sample.modelCalls} model calls, ${outcome(sample)}`;
            },
          })),
          {
            title: "stop them",
            task: async () => {
              await bench?.[Symbol.asyncDispose]();
            },
          },
        ]),
    })),
    { registerSignalListeners: false, rendererOptions: { collapseSubtasks: false }, fallbackRenderer: "simple" },
  );
  try {
    await progress.run();
  } finally {
    await bench?.[Symbol.asyncDispose]();
  }

  mkdirSync(dirname(output), { recursive: true });
  const results: Results = {
    environment,
    implementations: implementations.map(({ name, manifest: { title, sdkPackage }, sdkVersion }) => ({
      name,
      title,
      sdkPackage,
      sdkVersion,
    })),
    samples,
  };
  writeFileSync(output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${formatTable(results)}\n`);
  console.log(wrap(formatMeaning(samples)));
  console.log("\nTime to recover: from the process being back to the answer, with a model that\nanswers at once.");
  if (topic !== undefined) console.log(`\nThe report on your topic, by the mock model:\n\n${reportIn(samples)}`);
  console.log(`\nRaw samples:  ${relative(process.cwd(), output)}`);
  console.log(`Try next:     npm run dev -- ${implementations.at(-1)?.name}`);
  return samples.every(isDurable) ? 0 : 1;
}

const outcome = (sample: Sample) => (isDurable(sample) ? "answered" : "FELL SHORT");

function reportIn(samples: Sample[]): string {
  const sample = samples.find(({ request }) => request.name === "own topic");
  return (sample?.undisturbed.answer as { report: string } | undefined)?.report ?? "";
}

/** Breaks a text into lines of at most 80 characters. */
const wrap = (text: string) => text.replace(/(.{1,80})( |$)/g, "$1\n").trimEnd();

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
