import { join } from "node:path";
import {
  findSystems,
  isAsPromised,
  printResults,
  requireWritable,
  runComparison,
  type System,
  shown,
  writeResults,
} from "@durable-agents/compare";
import { freshTag, tagged } from "@durable-agents/crash-harness";
import { ResearchReport } from "@durable-agents/shared/contracts/orchestrator-worker";
import { type Pattern, patterns, repositoryRoot } from "@durable-agents/testkit";
import { Command, InvalidArgumentError, Option } from "commander";

const topicText = (topic: string) => {
  try {
    // With the tag that tells its model calls from those of other requests.
    const { body } = tagged(withTopic(topic).request, freshTag());
    ResearchReport._handlers.generate._inputSerde?.deserialize(new TextEncoder().encode(JSON.stringify({ topic })));
    ResearchReport._handlers.generate._inputSerde?.deserialize(new TextEncoder().encode(JSON.stringify(body)));
    return topic;
  } catch (error) {
    throw new InvalidArgumentError(String((error as Error).message).replace(/^.*\n/, "It does not fit the contract: "));
  }
};

const { topic, only, output } = new Command("npm start --")
  .description(
    "Kills every pattern on every implementation at each of its model calls, and the same work without Restate, and shows " +
      "what was lost and repeated. The model is a mock; what runs and is killed is real. It takes about a minute; " +
      "npm run compare takes longer and measures more.",
  )
  .option("--topic <text>", "the topic of the research report", topicText)
  .option("--only <name>", "one implementation, or one baseline, instead of all")
  .addOption(
    new Option("--output <file>", "where the raw samples go").default(
      join(repositoryRoot, "results/local/start.json"),
      "results/local/start.json",
    ),
  )
  .addHelpText(
    "after",
    `
Exit code 1: a request was lost, changed or paid for twice where durability is
promised, or a system got no numbers.

Examples:
  npm start
  npm start -- --only vercel-ai
  npm start -- --topic "How bees find their way home"`,
  )
  .parse()
  .opts<{ topic?: string; only?: string; output: string }>();

function withTopic(topic: string): Pattern {
  const [research] = patterns as [Pattern];
  return { ...research, request: { ...research.request, name: "own topic", body: { topic } } };
}

/** @throws Error that lists what there is */
function chosenSystems(): System[] {
  const all = findSystems();
  const chosen = all.filter(({ info }) => only === undefined || info.name === only);
  if (chosen.length > 0) return chosen;
  const names = all.map(({ info }) => info.name).join(", ");
  throw new Error(`There is no system ${JSON.stringify(only)}. There are: ${names}.`);
}

async function main(): Promise<number> {
  const systems = chosenSystems();
  requireWritable(output);
  const example =
    systems.find(({ info }) => info.kind === "implementation" && info.name !== "restate-only")?.info.name ??
    "vercel-ai";
  if (process.env.OPENAI_API_KEY) {
    console.log(
      "OPENAI_API_KEY is set, but crashes are shown with the mock model: it can be held and counted, and costs",
    );
    console.log(`nothing. Your key is used by: npm run dev -- ${example}\n`);
  }
  let report: string | undefined;
  const results = await runComparison(systems, {
    mode: "quick",
    command: "npm start",
    patterns: topic === undefined ? patterns : [withTopic(topic), ...patterns.slice(1)],
    onAnswer: (_, { name }, answer) => {
      if (name === "orchestrator-worker")
        report ??= (answer as { report: string }).report.replaceAll(" (no. {tag})", "");
    },
  });
  const page = await writeResults(results, output);
  printResults(results);
  if (topic !== undefined) console.log(`\nThe report on your topic, by the mock model:\n\n${report}`);
  console.log(`\nRaw samples:  ${shown(output)}\nPage:         ${shown(page)}`);
  console.log(`Try next:     npm run crash -- ${example} --pattern router --after 1`);
  return isAsPromised(results) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
