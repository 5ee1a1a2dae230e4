import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { join } from "node:path";
import getPort from "get-port";
import { JournalQueries } from "./journal.ts";
import { cleanEnvironment, ManagedProcess, removeFolder, temporaryFolder } from "./processes.ts";
import type { Store, StoreLook } from "./system.ts";

/** How a {@link RestateServer} is started. */
export interface RestateServerOptions {
  /** Where it takes requests; a free port unless set. */
  ingressPort?: number;
  /** Where its admin API and its UI are; a free port unless set. */
  adminPort?: number;
  /** Where it keeps its data; a temporary folder, removed with the server, unless set. */
  dataFolder?: string;
  /** After how many seconds of silence an invocation is suspended; 0 makes every await a replay. The server's default: 60. */
  inactivityTimeoutSeconds?: number;
  /** Into how many partitions its data are divided when they are new: with few it starts faster. The server's default: 24. */
  partitions?: number;
}

/** The real restate-server, in its own process and on its own data, which survives {@link kill}. */
export class RestateServer implements Store, AsyncDisposable {
  /** Where it takes requests. */
  readonly ingressUrl: string;
  /** Where its admin API and its UI are. */
  readonly adminUrl: string;
  readonly #environment: Record<string, string>;
  readonly #temporaryFolder: string;
  /** What stands in its journals. */
  readonly journal = new JournalQueries(this);
  #process?: ManagedProcess;

  private constructor(environment: Record<string, string>, temporaryFolder: string) {
    this.#environment = environment;
    this.#temporaryFolder = temporaryFolder;
    this.ingressUrl = `http://${environment.RESTATE_INGRESS__BIND_ADDRESS}`;
    this.adminUrl = `http://${environment.RESTATE_ADMIN__BIND_ADDRESS}`;
  }

  /**
   * Starts a server on 127.0.0.1 and waits until it takes requests.
   *
   * @throws Error with what the server printed, if it does not come up
   */
  static async start(options: RestateServerOptions = {}): Promise<RestateServer> {
    const folder = temporaryFolder("restate");
    const server = new RestateServer(
      {
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${options.ingressPort ?? (await getPort())}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${options.adminPort ?? (await getPort())}`,
        RESTATE_BIND_ADDRESS: `127.0.0.1:${await getPort()}`,
        RESTATE_BASE_DIR: options.dataFolder ?? join(folder, "data"),
        // It makes temporary folders, and does not remove them when it is killed.
        TMPDIR: folder,
        // The data belong to the node's name, which is the host's unless set.
        RESTATE_NODE_NAME: "node",
        RESTATE_DISABLE_TELEMETRY: "true",
        RESTATE_LOG_FILTER: "warn",
        ...(options.inactivityTimeoutSeconds !== undefined && {
          RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT: `${options.inactivityTimeoutSeconds}s`,
        }),
        ...(options.partitions !== undefined && { RESTATE_DEFAULT_NUM_PARTITIONS: String(options.partitions) }),
      },
      folder,
    );
    try {
      await server.restart();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** Starts the server again on its data. */
  async restart(): Promise<void> {
    this.#process = new ManagedProcess({
      name: "restate-server",
      command: serverBinary(),
      env: cleanEnvironment(import.meta.dirname, this.#environment),
    });
    const isHealthy = async () => (await fetch(`${this.ingressUrl}/restate/health`)).ok;
    // It is healthy at once, but knows nothing of its invocations until the partitions have leaders.
    const answersQueries = () => this.query("SELECT id FROM sys_invocation LIMIT 1").then(() => true);
    await this.#process.ready(() => isHealthy().catch(() => false));
    await this.#process.ready(() => answersQueries().catch(() => false));
  }

  /** Kills the server with SIGKILL; its data stay. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** The server's process. */
  async pids(): Promise<number[]> {
    return this.#process?.pid === undefined ? [] : [this.#process.pid];
  }

  /** It knows which steps are under way. */
  readonly knowsSteps = true;

  /** What is in its journals now: how far they are, and how many steps are under way. */
  look(): Promise<StoreLook> {
    return this.journal.look();
  }

  /** Why an invocation that is not over has been tried several times; undefined if none has. */
  async repeatedFailure(): Promise<string | undefined> {
    const [row] = await this.query<{ last_failure: string | null }>(
      "SELECT last_failure FROM sys_invocation WHERE status <> 'completed' AND retry_count >= 5 LIMIT 1",
    );
    return row?.last_failure?.split("\n")[0];
  }

  /** How many entries all journals have, and values the state of virtual objects, and the bytes of both. */
  async size(): Promise<{ entries: number; bytes: number }> {
    const [row] = await this.query<{ entries: number; bytes: number | null }>(
      `SELECT count(*) AS entries, sum(bytes) AS bytes
       FROM (SELECT raw_length AS bytes FROM sys_journal
             UNION ALL SELECT key_length + value_length AS bytes FROM state) AS stored`,
    );
    return { entries: row?.entries ?? 0, bytes: row?.bytes ?? 0 };
  }

  /**
   * Tells the server where services are. A service that was registered before now lives there for new requests.
   *
   * @returns the deployment's id and what it serves, as the admin API says it
   * @throws Error with the server's answer, if it can't discover them
   */
  async register(uri: string): Promise<{ id: string; services: DiscoveredService[] }> {
    const response = await fetch(`${this.adminUrl}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri, force: true }),
    });
    if (!response.ok) throw new Error(`Restate can't register ${uri}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string; services: DiscoveredService[] };
  }

  /**
   * Asks Restate's SQL introspection: https://docs.restate.dev/references/sql-introspection.
   *
   * @throws Error with the server's answer, if it does not take the query
   */
  async query<Row = Record<string, unknown>>(sql: string): Promise<Row[]> {
    const response = await fetch(`${this.adminUrl}/query`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query: sql }),
    });
    if (!response.ok) throw new Error(`Restate does not take ${sql}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { rows: Row[] }).rows;
  }

  /**
   * Cancels an invocation and, with it, the calls that it waits for.
   *
   * @throws Error with the server's answer, if there is no such invocation
   */
  async cancel(invocationId: string): Promise<void> {
    await this.#end(invocationId, "cancel");
  }

  /**
   * Ends an invocation at once, without its code being asked: for those whose code can't go on.
   *
   * @throws Error with the server's answer, if there is no such invocation
   */
  async killInvocation(invocationId: string): Promise<void> {
    await this.#end(invocationId, "kill");
  }

  async #end(invocationId: string, how: "cancel" | "kill"): Promise<void> {
    const response = await fetch(`${this.adminUrl}/invocations/${invocationId}/${how}`, { method: "PATCH" });
    if (response.ok) return;
    throw new Error(`Restate can't ${how} ${invocationId}: ${response.status} ${await response.text()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
    removeFolder(this.#temporaryFolder);
  }
}

/** What discovery says of a service. */
export interface DiscoveredService {
  /** What it is called. */
  name: string;
  /** What kind it is. */
  ty: "Service" | "VirtualObject" | "Workflow";
  /** Its handlers, with the JSON schemas of what they take and return. */
  handlers: { name: string; input_json_schema?: object; output_json_schema?: object }[];
}

/** The binary for this platform, which the npm package depends on; its own starter would stand between us and the server. */
function serverBinary(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("@restatedev/restate-server/package.json"));
  const binary = `@restatedev/restate-server-${platform()}-${arch()}/bin/restate-server`;
  try {
    return require.resolve(binary);
  } catch {
    throw new Error(`There is no restate-server for ${platform()} on ${arch()} (${binary} is not installed)`);
  }
}
