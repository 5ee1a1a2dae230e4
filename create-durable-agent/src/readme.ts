import { curl } from "./curl.ts";
import { bringsNode } from "./package-files.ts";
import { runScript } from "./run-script.ts";
import type { PackageManager, Pattern, Sdk } from "./templates.ts";

/** What a project's README.md is about. */
export interface ReadmeSubject {
  name: string;
  sdk: Sdk;
  patterns: Pattern[];
  packageManager: PackageManager;
  /** The own libraries in `vendor/`. */
  tarballs: string[];
  /** The version of the templates. */
  version: string;
}

/** A project's README.md. */
export function readme({ name, sdk, patterns, packageManager }: ReadmeSubject): string {
  const run = (script: string) => `\`${runScript(packageManager, script)}\``;
  const shown = patterns.flatMap(({ requests }) => requests.filter((request) => request.shown));
  const install = packageManager === "yarn" ? "yarn" : `${packageManager} install`;
  return `# ${name}

${sdk.description}: agents as [Restate](https://restate.dev) services,
which go on after a crash where they were. ${patterns.length === 1 ? "The pattern is" : "The patterns are"}:

| file | what it shows |
|---|---|
${patterns.map((pattern) => `| [src/${pattern.name}.ts](src/${pattern.name}.ts) | ${pattern.summary} |\n`).join("")}
## Run it

\`\`\`sh
${install}
${runScript(packageManager, "start")}
\`\`\`

starts restate-server (requests on :8080, its UI on http://localhost:9070), the service (:9080) and a mock model (:4010), all on
this machine. No API key, no Docker. In a second terminal:

\`\`\`sh
${shown.map((request) => curl(request)).join("\n")}
\`\`\`

| command | what it does |
|---|---|
| ${run("start")} | everything on this machine |
| ${run("dev")} | the same, and the service starts again when its code changes |
| ${run("test")} | kills the service after each of its model calls, and checks that nothing is lost or made again |
| ${run("typecheck")} | checks the types |
| ${run("serve")} | the service alone, on \`$PORT\` (9080): what you deploy |

Other ports: \`INGRESS_PORT\`, \`ADMIN_PORT\`, \`SERVICE_PORT\` and \`MODEL_PORT\` in the environment. ${
    bringsNode(packageManager)
      ? `Node 20 or newer is enough; the scripts\nrun on the Node 24 that \`${install}\` brings. (Older ones make ${packageManager} warn of "engines"; that is all.)`
      : "It takes Node 24, which\nyarn does not bring."
  }

## Crash it

Send a request, and while it waits, kill the service with the \`kill -9\` that ${run("start")} printed. It is started again at once, the
request goes on at the first model call that was not in the journal, and curl gets its answer. ${run("test")} does the same at
every moment and counts: no completed model call is made, or paid, a second time.

## Use a real model

Copy \`.env.example\` to \`.env\` and put your key into it. Nothing else changes: ${run("start")} then leaves the mock model out.
\`OPENAI_BASE_URL\` points it to any server that speaks OpenAI's API, \`OPENAI_MODEL\` and \`OPENAI_PLANNER_MODEL\` choose the models.

## What is where

| | |
|---|---|
| \`src/\` | the agents, one file a pattern; [durable-model.ts](src/durable-model.ts) is the only place that makes the SDK durable |
| \`shared/\` | what callers see (\`contracts/\`), what agents are told (\`agents/\`), the HTTP server and its retries (\`serve.ts\`) |
| \`requests/\` | example requests, which the test sends |
| \`mock-model/\` | what the mock model answers to your agents; change it with their instructions |
| \`test/\` | the crash test |
| \`local.ts\` | what ${run("start")} does |
| \`vendor/\` | libraries that are not on npm yet; see below |

To add an agent: its contract in \`shared/contracts/\`, its code in \`src/\`, its name in \`src/services.ts\`, an answer in \`mock-model/\`, a
request in \`requests/\`. The test finds the rest.

## Deploy it

Run \`node src/serve.ts\` with Node 24, \`PORT\` and \`OPENAI_API_KEY\` in its environment, beside a
[restate-server](https://docs.restate.dev/deploy/server/overview) of your own or with Restate Cloud, and register its address once for each
version: \`curl localhost:9070/deployments --json '{"uri": "http://localhost:9080"}'\`. Each version needs an address of its own, so that what is
in flight can finish on the old one. The service keeps nothing on disk. Its retries, in \`shared/serve.ts\`, are made for demonstrations:
in production, choose a longer \`maxInterval\`.

## Published libraries instead of vendor/

[vendor/README.md](vendor/README.md) says how to get the libraries from npm once they are there.

[MIT](LICENSE)
`;
}

/** What `vendor/README.md` says. */
export function vendorReadme({ sdk, packageManager, tarballs, version }: ReadmeSubject): string {
  const overrides = {
    npm: "`overrides` in package.json",
    bun: "`overrides` in package.json",
    yarn: "`resolutions` in package.json",
    pnpm: "`overrides` in pnpm-workspace.yaml",
  }[packageManager];
  const others = Object.keys(sdk.overrides);
  return `# Libraries that are not on npm yet

${tarballs.map((tarball) => `- ${tarball}\n`).join("")}
They are packed as they will be published. Once they are, and \`npm view @durable-agents/model-calls version\` says ${version}:

1. in package.json, replace each \`file:./vendor/…\` by \`${version}\`;
2. remove the same packages from ${overrides}${others.length > 0 ? ` (but leave ${others.join(", ")}: they go together with the pinned versions)` : ""};
3. remove this folder, and install again.
`;
}
