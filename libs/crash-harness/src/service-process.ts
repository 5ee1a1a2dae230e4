import { readFileSync } from "node:fs";
import { join } from "node:path";
import getPort from "get-port";
import { cleanEnvironment, isListening, ManagedProcess } from "./processes.ts";
import type { Service } from "./system.ts";

/** How a {@link ServiceProcess} is started. */
export interface ServiceProcessOptions {
  /** Its folder, in which the script is run. */
  folder: string;
  /** The script of its package.json; "serve" unless set, or "start" where there is no "serve". */
  script?: string;
  /** The port; a free one unless set. */
  port?: number;
  /** What it finds in its environment besides PORT. */
  env?: Record<string, string | undefined>;
  /** Gets what it prints, as it comes. */
  onOutput?: (text: string) => void;
}

/** A service in its own process, to be killed and started again. */
export class ServiceProcess implements Service, AsyncDisposable {
  /** Where it serves. */
  readonly url: string;
  readonly #options: ServiceProcessOptions & { port: number };
  #changes: Record<string, string | undefined> = {};
  #process?: ManagedProcess;

  private constructor(options: ServiceProcessOptions & { port: number }) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  /**
   * Starts a service and waits until it listens.
   *
   * @throws Error with what it printed, if it does not come up
   */
  static async start(options: ServiceProcessOptions): Promise<ServiceProcess> {
    const service = new ServiceProcess({ ...options, port: options.port ?? (await getPort()) });
    await service.restart();
    return service;
  }

  /**
   * Starts it again, on the same port.
   *
   * @param changes to its environment, from now on, in place of earlier ones; undefined unsets a variable
   */
  async restart(changes?: Record<string, string | undefined>): Promise<void> {
    if (changes) this.#changes = changes;
    const { folder, script, port, env, onOutput } = this.#options;
    this.#process = new ManagedProcess({
      name: `the service in ${folder}`,
      // As `pnpm start` does, but without pnpm in between: it runs scripts in a process group of their own, which a
      // SIGKILL reaches a moment later.
      command: "sh",
      args: ["-c", commandOf(folder, script)],
      cwd: folder,
      env: cleanEnvironment(folder, { PORT: String(port), RESTATE_LOGGING: "WARN", ...env, ...this.#changes }),
      ...(onOutput && { onOutput }),
    });
    try {
      await this.#process.ready(() => isListening(port));
    } catch (error) {
      await this.#process.kill();
      throw error;
    }
  }

  /** Kills it with SIGKILL, with all that it started. It is gone when this returns. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Asks it to end; see the exit code in what this returns. */
  async terminate(): Promise<{ code: number | null; signal: NodeJS.Signals | null } | undefined> {
    this.#process?.signal("SIGTERM");
    const status = await this.#process?.exited;
    await this.#process?.kill();
    return status;
  }

  /** The folder that it runs in. */
  get folder(): string {
    return this.#options.folder;
  }

  /** The end of what it printed since it was last started. */
  get output(): string {
    return this.#process?.output ?? "";
  }

  /** Its process, or undefined before the first start. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** The same, as a list: what a server of several processes has, too. */
  async pids(): Promise<number[]> {
    return this.pid === undefined ? [] : [this.pid];
  }

  /** Resolves when the process that runs now has ended. */
  async ended(): Promise<unknown> {
    return this.#process?.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** What keeps a script from being one plain command: an operator, an expansion, a variable before it, or `exec` itself. */
const SHELL_SYNTAX = /[;&|<>()$`\n]|^\s*(exec\s|\w+=)/;

/** What the script of a folder runs. @throws Error if it has no such script */
function commandOf(folder: string, script?: string): string {
  const manifest = join(folder, "package.json");
  const { scripts = {} } = JSON.parse(readFileSync(manifest, "utf8")) as { scripts?: Record<string, string> };
  const command = script ? scripts[script] : (scripts.serve ?? scripts.start);
  if (!command) throw new Error(`${manifest} has no "${script ?? "start"}" script`);
  // The process that is killed has to be the service, not a shell around it, which would be gone a moment earlier.
  return SHELL_SYNTAX.test(command) ? command : `exec ${command}`;
}
