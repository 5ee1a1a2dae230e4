import { join } from "node:path";
import {
  exampleRequest,
  findImplementation,
  findImplementations,
  type LocalOptions,
  localOptions,
  repositoryRoot,
  runLocally,
  scriptedAgents,
} from "@durable-agents/testkit";
import { Command } from "commander";

/** What is printed to be tried. */
const requests: [path: string, example: string][] = [
  ["restate/call/ResearchReport/generate", "research-durable-execution"],
  ["restate/call/ResearchReport/generate", "research-renewable-energy"],
  ["ParallelAgentClaimApproval/run", "claim-analysis"],
  ["MultiAgentClaimApproval/run", "multi-agent"],
  ["RemoteAgentClaimApproval/run", "remote-agent"],
  ["MultiAgentClaimSession/session123/run", "session-medical"],
  ["AgentRouter/answer", "router-billing"],
  ["SpecialistTeam/run", "team-software-feature"],
];

const program = new Command("npm run dev --")
  .description("Runs one implementation with restate-server and, unless OPENAI_API_KEY is set, the mock model.")
  .argument(
    "<implementation>",
    `one of ${findImplementations()
      .map(({ name }) => name)
      .join(", ")}, or a folder`,
  );
localOptions(program, ".restate/<implementation>").parse();

async function main(name: string, options: Omit<LocalOptions, "dataFolder"> & { dataFolder?: string }): Promise<void> {
  const { folder, manifest, name: implementation } = findImplementation(name);
  await runLocally(
    {
      title: manifest.title,
      folder,
      agents: scriptedAgents,
      envFile: join(repositoryRoot, ".env"),
      requests: requests.map(([path, example]) => ({ path, body: exampleRequest(example).body })),
      watch: [join(folder, "src"), join(repositoryRoot, "packages/shared/src")],
    },
    { ...options, dataFolder: options.dataFolder ?? join(repositoryRoot, ".restate", implementation) },
  );
}

try {
  await main(program.args[0] as string, program.opts());
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
