import { existsSync, mkdirSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import {
  allStarted,
  exampleRequest,
  findImplementation,
  findImplementations,
  isListening,
  MockModel,
  onInterrupt,
  portNumber,
  RestateServer,
  repositoryRoot,
  Subject,
} from "@durable-agents/testkit";
import { Command, InvalidArgumentError } from "commander";

const milliseconds = (value: string) => {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError("It takes milliseconds, 0 or more.");
  return number;
};

const folderName = (value: string) => {
  if (value.trim() === "") throw new InvalidArgumentError("It takes a folder.");
  return value;
};

interface DevOptions {
  fresh?: boolean;
  dataFolder?: string;
  ingressPort: number;
  adminPort: number;
  servicePort: number;
  modelPort: number;
  latency: number;
}

const program = new Command("npm run dev --")
  .description("Runs one implementation with restate-server and, unless OPENAI_API_KEY is set, the mock model.")
  .argument(
    "<implementation>",
    `one of ${findImplementations()
      .map(({ name }) => name)
      .join(", ")}, or a folder`,
  )
  .option("--fresh", "forget what earlier runs left in the journal")
  .option("--data-folder <folder>", "where the journal is kept; .restate/<implementation> unless set", folderName)
  .option("--ingress-port <port>", "where requests go", portNumber, 8080)
  .option("--admin-port <port>", "the admin API and the UI", portNumber, 9070)
  .option("--service-port <port>", "the implementation", portNumber, 9080)
  .option("--model-port <port>", "the mock model", portNumber, 4010)
  .option("--latency <ms>", "how long the mock model takes for an answer", milliseconds, 500)
  .parse();

async function main(name: string, options: DevOptions): Promise<void> {
  const implementation = findImplementation(name);
  const dotenv = join(repositoryRoot, ".env");
  if (existsSync(dotenv)) process.loadEnvFile(dotenv);
  const realModel = Boolean(process.env.OPENAI_API_KEY);

  await requireFreePorts([
    ["--ingress-port", options.ingressPort],
    ["--admin-port", options.adminPort],
    ["--service-port", options.servicePort],
    ...(realModel ? [] : ([["--model-port", options.modelPort]] as const)),
  ]);
  const dataFolder = resolve(options.dataFolder ?? join(repositoryRoot, ".restate", implementation.name));
  prepareDataFolder(dataFolder, options.fresh ?? false);

  const running = new AsyncDisposableStack();
  onInterrupt(async () => {
    console.log("\nStopping …");
    await running.disposeAsync();
  });
  try {
    const model = realModel
      ? undefined
      : running.use(await MockModel.start({ port: options.modelPort, latency: options.latency }));
    const [server, subject] = await allStarted([
      RestateServer.start({ ingressPort: options.ingressPort, adminPort: options.adminPort, dataFolder }).then((it) =>
        running.use(it),
      ),
      Subject.start({
        folder: implementation.folder,
        port: options.servicePort,
        environment: model?.environment ?? realModelEnvironment(),
        onOutput: (text) => process.stdout.write(text),
      }).then((it) => running.use(it)),
    ]);
    await server.register(subject.url);

    console.log(`\n${implementation.manifest.title} is up.`);
    console.log(
      model
        ? `Model: the mock model on ${model.baseUrl}, ${options.latency} ms an answer. Set OPENAI_API_KEY for a real one.`
        : `Model: the real one at ${process.env.OPENAI_BASE_URL || "https://api.openai.com/v1"}, with your OPENAI_API_KEY.`,
    );
    console.log(`UI:    http://localhost:${options.adminPort}`);
    console.log(`Data:  ${relative(process.cwd(), dataFolder)} is kept between runs; --fresh forgets it.\n`);
    console.log(`${curls(options.ingressPort)}\n`);
    console.log(`Crash it: kill -9 ${subject.pid}   It is started again at once. Ctrl-C stops everything.\n`);
    keepRunning(subject, server, implementation.folder, running);
  } catch (error) {
    await running.disposeAsync();
    throw error;
  }
}

/** Marks a folder as one that may be forgotten. */
const MARKER = ".npm-run-dev";

/** @throws Error if the folder holds something else than data of `npm run dev`, which --fresh would remove */
function prepareDataFolder(folder: string, fresh: boolean): void {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(join(folder, MARKER))) {
    throw new Error(`${folder} is not empty and was not made by npm run dev. Choose another one with --data-folder.`);
  }
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARKER), "Data of npm run dev. --fresh removes this folder.\n");
}

/** @throws Error that names the port and the option that chooses another */
async function requireFreePorts(ports: (readonly [option: string, port: number])[]): Promise<void> {
  for (const [index, [option, port]] of ports.entries()) {
    const [other] = ports.slice(0, index).find(([, taken]) => taken === port) ?? [];
    if (other) throw new Error(`Port ${port} is given twice, for ${other} and ${option}. Each needs one of its own.`);
    if (!(await isListening(port))) continue;
    throw new Error(`Port ${port} is busy. Stop what uses it, or choose another one with ${option} ${port + 1}.`);
  }
}

/** What is handed on to an implementation that uses a real model. */
function realModelEnvironment(): Record<string, string> {
  const names = ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_PLANNER_MODEL"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Starts the implementation again when it has died, and when its code or the shared code has changed. */
function keepRunning(subject: Subject, server: RestateServer, folder: string, running: AsyncDisposableStack): void {
  let busy = false;
  let again = false;

  const restart = async (why: string) => {
    if (running.disposed) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    console.log(`${why}; starting the service again …`);
    try {
      await subject.terminate();
      if (running.disposed) return;
      await subject.restart();
      await server.register(subject.url);
      console.log(`The service is back. Crash it: kill -9 ${subject.pid}`);
      restartWhenDead();
    } catch (error) {
      console.error(`${error instanceof Error ? error.message : error}\nIt is tried again when the code changes.`);
    }
    busy = false;
    if (again) await restart("The code has changed");
  };

  const restartWhenDead = () => {
    // While a restart is under way, it is the one who ended the process.
    void subject.exited?.then(() => (busy ? undefined : restart("The service has ended")));
  };
  restartWhenDead();

  // Editors write a file in several steps; one restart is enough for all of them.
  let settled: NodeJS.Timeout | undefined;
  for (const source of [join(folder, "src"), join(repositoryRoot, "packages/shared/src")]) {
    const watcher = watch(source, { recursive: true }, () => {
      clearTimeout(settled);
      settled = setTimeout(() => restart("The code has changed"), 100);
    });
    running.defer(() => watcher.close());
  }
}

/** The requests to try, to be pasted as they are. */
function curls(port: number): string {
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
  return requests
    .map(([path, example]) => `curl localhost:${port}/${path} --json '${JSON.stringify(exampleRequest(example).body)}'`)
    .join("\n");
}

try {
  await main(program.args[0] as string, program.opts<DevOptions>());
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
