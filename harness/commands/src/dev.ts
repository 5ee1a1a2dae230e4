import { join } from "node:path";
import { type LocalOptions, localOptions, runLocally } from "@durable-agents/crash-harness";
import { Decision, ReviewRequest } from "@durable-agents/shared/contracts/examples/claim-review";
import { scriptedAgents } from "@durable-agents/shared/model-answers";
import { exampleRequest, findImplementation, findImplementations, repositoryRoot } from "@durable-agents/testkit";
import { Command, Option } from "commander";

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

const [claim] = (ReviewRequest.meta()?.examples ?? []) as unknown[];
const [decision] = (Decision.meta()?.examples ?? []) as unknown[];

/** What stands beside the patterns, and what is printed to be tried of it. */
const examples: Record<string, { path: string; body: unknown }[]> = {
  approval: [
    { path: "restate/send/ClaimReview/claim-1/run", body: claim },
    { path: "ClaimReview/claim-1/decide", body: decision },
  ],
};

const program = new Command("npm run dev --")
  .description("Runs one implementation with restate-server and, unless OPENAI_API_KEY is set, the mock model.")
  .argument(
    "<implementation>",
    `one of ${findImplementations()
      .map(({ name }) => name)
      .join(", ")}, or a folder`,
  );
program.addOption(
  new Option("--example <name>", "serve an example instead of the patterns").choices(Object.keys(examples)),
);
localOptions(program, ".restate/<implementation>, or .restate/<example>/<implementation>,").parse();

async function main(name: string, { example, ...options }: LocalOptions & { example?: string }): Promise<void> {
  const { folder, manifest, name: implementation } = findImplementation(name);
  // A journal of its own: the services of the one are not there while the other runs.
  const journal = example ? join(example, implementation) : implementation;
  await runLocally(
    {
      title: manifest.title,
      folder,
      ...(example && { script: "example" }),
      agents: scriptedAgents,
      dataFolder: join(repositoryRoot, ".restate", journal),
      envFile: join(repositoryRoot, ".env"),
      requests: example
        ? (examples[example] ?? [])
        : requests.map(([path, request]) => ({ path, body: exampleRequest(request).body })),
      watch: [
        join(folder, "src"),
        join(repositoryRoot, "packages/shared/src"),
        ...(example ? [join(folder, "examples")] : []),
      ],
    },
    options,
  );
}

try {
  await main(program.args[0] as string, program.opts());
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
