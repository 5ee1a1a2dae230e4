import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { CrashRequest } from "./crash-points.ts";
import { EFFECTS_VARIABLE, type EffectsOptions, EffectsServer } from "./effects.ts";
import { MockModel } from "./mock-model.ts";
import type { ScriptedAgent } from "./model-answers.ts";
import { portNumber } from "./ports.ts";
import { allStarted, isListening, onInterrupt } from "./processes.ts";
import type { Recorded } from "./recorder.ts";
import { callPath } from "./requests.ts";
import { RestateServer } from "./restate-server.ts";
import { ServiceProcess } from "./service-process.ts";

/** What the command line of {@link localOptions} gives. */
export interface LocalOptions {
  /** Forget what earlier runs left in the journal. */
  fresh?: boolean;
  /** Where the journal is kept, if not where the project says. */
  dataFolder?: string;
  /** Where requests go. */
  ingressPort: number;
  /** The admin API and the UI. */
  adminPort: number;
  /** Where the service listens. */
  servicePort: number;
  /** Where the mock model listens. */
  modelPort: number;
  /** How long the mock model takes for an answer, in milliseconds. */
  latency: number;
}

/** What is run. */
export interface LocalProject {
  /** Its name, in what is printed. */
  title: string;
  /** The folder whose package.json says how the service is started. */
  folder: string;
  /** The script that starts it; "serve" unless set, or "start" where there is no "serve". */
  script?: string;
  /** What the mock model answers. With OPENAI_API_KEY there is no mock model. */
  agents: readonly ScriptedAgent[];
  /** The file in which `agents` stands, to be named when an answer is missing. */
  agentsFile?: string;
  /** What tools call over HTTP, and what it answers. If its variable is set, the service calls what that says instead. */
  effects?: Pick<EffectsOptions, "variable" | "answer">;
  /** Where the journal is kept, unless the command line says otherwise. */
  dataFolder: string;
  /** From which variables are read that are not set; it need not be there. */
  envFile: string;
  /** Requests to print as curls: the path at the ingress, and the body, with 4711 for `{tag}`. */
  requests: { path: string; body: unknown }[];
  /** Folders whose changes restart the service; none unless set. */
  watch?: string[];
}

const milliseconds = (value: string) => {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError("It takes milliseconds, 0 or more.");
  return number;
};

const folderName = (value: string) => {
  if (value.trim() === "") throw new InvalidArgumentError("It takes a folder.");
  return value;
};

/**
 * Adds the options of {@link runLocally} to a command. Ports may be set by INGRESS_PORT, ADMIN_PORT, SERVICE_PORT and
 * MODEL_PORT, too; the options win.
 *
 * @param command what gets them
 * @param dataFolder where the journal is kept unless --data-folder says otherwise, as the help should say it
 */
export function localOptions(command: Command, dataFolder: string): Command {
  const port = (flag: string, description: string, usual: number, variable: string) =>
    new Option(`--${flag} <port>`, description).argParser(portNumber).default(usual).env(variable);
  return command
    .option("--fresh", "forget what earlier runs left in the journal")
    .option("--data-folder <folder>", `where the journal is kept; ${dataFolder} unless set`, folderName)
    .addOption(port("ingress-port", "where requests go", 8080, "INGRESS_PORT"))
    .addOption(port("admin-port", "the admin API and the UI", 9070, "ADMIN_PORT"))
    .addOption(port("service-port", "the service", 9080, "SERVICE_PORT"))
    .addOption(port("model-port", "the mock model", 4010, "MODEL_PORT"))
    .option("--latency <ms>", "how long the mock model takes for an answer", milliseconds, 500);
}

/**
 * What `npm start` of a project does: {@link runLocally} with what the command line says. If that can't be, it says why and
 * exits with 1.
 *
 * @param project its folder, what stands in for the model and for what tools call, and the requests to print
 */
export async function startProject({
  folder,
  requests,
  ...project
}: Pick<LocalProject, "folder" | "agents" | "agentsFile" | "effects"> & { requests: CrashRequest[] }): Promise<void> {
  const command = new Command("npm start --")
    .description(
      "Runs the service with restate-server, all on this machine. Without OPENAI_API_KEY, there is a mock model.",
    )
    .option("--watch", "start the service again when its code changes");
  const { watch, ...options } = localOptions(command, ".restate").parse().opts<LocalOptions & { watch?: boolean }>();
  const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string };
  try {
    await runLocally(
      {
        ...project,
        title: name,
        folder,
        envFile: join(folder, ".env"),
        requests: requests.map(({ call, body }) => ({
          path: `restate/call/${callPath({ call }, "session123")}`,
          body,
        })),
        dataFolder: join(folder, ".restate"),
        watch: watch ? [join(folder, "src")] : [],
      },
      options,
    );
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

/**
 * Runs a service with restate-server and, unless OPENAI_API_KEY is set, the mock model, all on this machine, until Ctrl-C.
 * A service that dies is started again at once; its process id is in `service.pid` in the data folder.
 *
 * @param project what is run
 * @param options what the command line said
 * @throws Error if a port is busy, the data folder is not one of a local run, or something does not come up
 */
export async function runLocally(project: LocalProject, options: LocalOptions): Promise<void> {
  if (existsSync(project.envFile)) process.loadEnvFile(project.envFile);
  const realModel = Boolean(process.env.OPENAI_API_KEY);

  await requireFreePorts([
    ["--ingress-port", options.ingressPort],
    ["--admin-port", options.adminPort],
    ["--service-port", options.servicePort],
    ...(realModel ? [] : ([["--model-port", options.modelPort]] as const)),
  ]);
  const dataFolder = resolve(options.dataFolder ?? project.dataFolder);
  prepareDataFolder(dataFolder, options.fresh ?? false);

  const running = new AsyncDisposableStack();
  onInterrupt(async () => {
    console.log("\nStopping …");
    await running.disposeAsync();
  });
  try {
    const model = realModel ? undefined : running.use(await startMockModel(project, options));
    const effects = await startEffects(project);
    if (effects) running.use(effects);
    const [server, service] = await allStarted([
      RestateServer.start({
        ingressPort: options.ingressPort,
        adminPort: options.adminPort,
        dataFolder,
      }).then((it) => running.use(it)),
      ServiceProcess.start({
        folder: project.folder,
        ...(project.script && { script: project.script }),
        port: options.servicePort,
        env: { ...(model?.env ?? realModelEnvironment()), ...effects?.env },
        onOutput: (text) => process.stdout.write(text),
      }).then((it) => running.use(it)),
    ]);
    await server.register(service.url);
    notePid(service, dataFolder);

    console.log(`\n${project.title} is up.`);
    console.log(
      model
        ? `Model: the mock model on ${model.baseUrl}, ${options.latency} ms an answer. Set OPENAI_API_KEY for a real one.`
        : `Model: the real one at ${process.env.OPENAI_BASE_URL || "https://api.openai.com/v1"}, with your OPENAI_API_KEY.`,
    );
    for (const [variable, address] of Object.entries(effects?.env ?? {})) {
      console.log(`Tools: ${variable} is a mock at ${address}. Set it for the real one.`);
    }
    console.log(`UI:    http://localhost:${options.adminPort}`);
    console.log(`Data:  ${relative(process.cwd(), dataFolder)} is kept between runs; --fresh forgets it.\n`);
    console.log(`${curls(project, options.ingressPort)}\n`);
    console.log(`Crash it: kill -9 ${service.pid}   It is started again at once. Ctrl-C stops everything.\n`);
    void keepRunning(service, server, dataFolder, project.watch ?? [], running);
  } catch (error) {
    await running.disposeAsync();
    throw error;
  }
}

const startMockModel = ({ agents, agentsFile }: LocalProject, { modelPort, latency }: LocalOptions) =>
  MockModel.start({
    port: modelPort,
    latency,
    agents,
    ...(agentsFile !== undefined && { agentsFile, strict: true }),
    onCall: print("model call"),
  });

/** Starts what stands in for what tools call, unless there is nothing, or the real one is set in the environment. */
async function startEffects({ effects }: LocalProject) {
  if (!effects || process.env[effects.variable ?? EFFECTS_VARIABLE]) return undefined;
  return EffectsServer.start({ ...effects, onCall: print("tool call") });
}

const print =
  (what: string) =>
  ({ id, label, outcome, status }: Recorded) => {
    const how = outcome === "pending" ? "asked" : outcome === "failed" ? `failed with ${status}` : outcome;
    console.log(`${what} ${id}  ${label}  ${how}`);
  };

/** Marks a folder as one that may be forgotten. */
const MARKER = ".npm-run-dev";

/** @throws Error if the folder holds something else than data of a local run, which --fresh would remove */
function prepareDataFolder(folder: string, fresh: boolean): void {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(join(folder, MARKER))) {
    throw new Error(`${folder} is not empty and was not made by npm run dev. Choose another one with --data-folder.`);
  }
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARKER), "Data of npm run dev. --fresh removes this folder.\n");
}

/** So that a script, or a reader, need not look for the process: `kill -9 $(cat …/service.pid)`. */
const notePid = (service: ServiceProcess, dataFolder: string) =>
  writeFileSync(join(dataFolder, "service.pid"), `${service.pid}\n`);

/** @throws Error that names the port and the option that chooses another */
async function requireFreePorts(ports: (readonly [option: string, port: number])[]): Promise<void> {
  for (const [index, [option, port]] of ports.entries()) {
    const [other] = ports.slice(0, index).find(([, taken]) => taken === port) ?? [];
    if (other) throw new Error(`Port ${port} is given twice, for ${other} and ${option}. Each needs one of its own.`);
    if (!(await isListening(port))) continue;
    throw new Error(`Port ${port} is busy. Stop what uses it, or choose another one with ${option} ${port + 1}.`);
  }
}

/** What is handed on to a service that uses a real model. */
function realModelEnvironment(): Record<string, string> {
  const names = ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_PLANNER_MODEL"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Starts the service again when it has died, and when something in the watched folders has changed. */
async function keepRunning(
  service: ServiceProcess,
  server: RestateServer,
  dataFolder: string,
  watched: string[],
  running: AsyncDisposableStack,
): Promise<void> {
  let changed = Promise.withResolvers<string>();
  // Editors write a file in several steps; one restart is enough for all of them.
  let settled: NodeJS.Timeout | undefined;
  for (const folder of watched) {
    const watcher = watch(folder, { recursive: true }, () => {
      clearTimeout(settled);
      settled = setTimeout(() => changed.resolve("The code has changed"), 100);
    });
    running.defer(() => watcher.close());
  }
  for (let isUp = true; ; ) {
    const ended = isUp ? [service.ended().then(() => "The service has ended")] : [];
    const why = await Promise.race([changed.promise, ...ended]);
    changed = Promise.withResolvers();
    if (running.disposed) return;
    console.log(`${why}; starting the service again …`);
    try {
      await service.terminate();
      if (running.disposed) return;
      await service.restart();
      await server.register(service.url);
      notePid(service, dataFolder);
      console.log(`The service is back. Crash it: kill -9 ${service.pid}`);
      isUp = true;
    } catch (error) {
      console.error(`${error instanceof Error ? error.message : error}\nIt is tried again when the code changes.`);
      isUp = false;
    }
  }
}

/** The requests to try, to be pasted as they are. */
const curls = ({ requests }: LocalProject, port: number) =>
  requests
    .map(({ path, body }) => {
      const json = JSON.stringify(body).replaceAll("{tag}", "4711").replaceAll("'", "'\\''");
      return `curl localhost:${port}/${path} --json '${json}'`;
    })
    .join("\n");
