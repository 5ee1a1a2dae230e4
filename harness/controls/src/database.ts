import { removeFolder, temporaryFolder } from "@durable-agents/testkit";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/**
 * A PostgreSQL database for LangGraph's checkpoints, which outlives the process that writes them. It is PGlite, PostgreSQL
 * compiled to WebAssembly, because npm installs it everywhere: no Docker, no native build. (`better-sqlite3`, below LangGraph's
 * SQLite saver, needs one.) Behind a socket, the official PostgreSQL saver takes it for a server.
 */
export class Database implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #database: PGlite;
  readonly #server: PGLiteSocketServer;

  private constructor(folder: string, database: PGlite, server: PGLiteSocketServer) {
    this.url = `postgresql://postgres@${server.getServerConn()}/postgres`;
    this.#folder = folder;
    this.#database = database;
    this.#server = server;
  }

  /** Starts an empty database in a temporary folder, on a free port of 127.0.0.1. */
  static async start(): Promise<Database> {
    const folder = temporaryFolder("checkpoints");
    const database = await PGlite.create(folder);
    const server = new PGLiteSocketServer({ db: database, port: 0 });
    await server.start();
    return new Database(folder, database, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
    await this.#database.close();
    removeFolder(this.#folder);
  }
}
