import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, extname, join } from "node:path";
import pWaitFor from "p-wait-for";
import type { GuardMessage } from "./guard.ts";

/** Lets some milliseconds pass; to wait for something, {@link waitFor} asks for it. */
export { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until a condition holds.
 *
 * @param what what is waited for, as the error says it
 * @param condition is looked at again and again
 * @param options for how long, and how often
 * @param options.timeout for how long, in milliseconds; a minute unless set
 * @param options.interval how long to wait between two questions, in milliseconds; 10 unless set
 * @throws Error that names `what`, if it does not hold in time
 */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeout = 60_000, interval = 10 }: { timeout?: number; interval?: number } = {},
): Promise<void> {
  await pWaitFor(condition, {
    interval,
    timeout: { milliseconds: timeout, message: new Error(`Waited ${timeout / 1000} s in vain until ${what}`) },
  });
}

/**
 * Whether a process listens on a port.
 *
 * @param port the port
 * @param host a name or an address; this machine unless given
 */
export function isListening(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

// What must not outlive this process, however it ends.
const living = new Set<ManagedProcess>();
let watching = false;
let guard: ChildProcess | undefined;
let endInOrder: (() => Promise<void>) | undefined;

/** Tells the guard what to end, or (`forget`) what has ended. */
const tellGuard = (message: GuardMessage) => guard?.stdin?.write(`${JSON.stringify(message)}\n`);

/**
 * Says what to do on Ctrl-C or SIGTERM before this process exits, with 0. Without it, it exits at once, with 130 or so.
 *
 * @param end what to do, once
 */
export function onInterrupt(end: () => Promise<void>): void {
  watchOwnEnd();
  endInOrder = end;
}

function watchOwnEnd(): void {
  if (watching) return;
  watching = true;
  // However this process ends, even by SIGKILL: a second one notices, kills what still lives and removes the folders.
  const program = join(import.meta.dirname, `guard${extname(import.meta.filename)}`);
  guard = spawn(process.execPath, [program], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  guard.stdin?.on("error", () => undefined);
  process.once("exit", () => {
    for (const child of living) child.signal("SIGKILL");
  });
  let interrupted = false;
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.on(signal, async () => {
      // Ctrl-C in a terminal may come twice: by itself, and passed on by npm.
      if (interrupted) return;
      interrupted = true;
      if (!endInOrder) process.exit(code);
      await endInOrder();
      process.exit(0);
    });
  }
  // A test worker whose parent was killed.
  process.once("disconnect", () => process.exit(1));
}

/**
 * Makes a temporary folder that is gone when this process is.
 *
 * @param purpose a word for its name
 * @returns its path
 */
export function temporaryFolder(purpose: string): string {
  watchOwnEnd();
  const folder = mkdtempSync(join(tmpdir(), `durable-agents-${purpose}-`));
  tellGuard({ folder });
  return folder;
}

/**
 * Removes a folder made by {@link temporaryFolder}.
 *
 * @param folder its path
 */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  tellGuard({ folder, forget: true });
}

/**
 * Waits for several things that start at the same time, and for all of them even if one fails: what is still starting
 * then could not be ended.
 *
 * @param starting what starts
 * @returns what has started, in the same order
 * @throws what the first one that failed threw
 */
export async function allStarted<T extends readonly unknown[]>(
  starting: [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(starting);
  return (await Promise.all(starting)) as unknown as T;
}

/** What a {@link ManagedProcess} runs. */
export interface ProcessOptions {
  /** What it is called in errors. */
  name: string;
  /** The program: a path, or a name on the PATH. */
  command: string;
  /** What it gets on its command line. */
  args?: string[];
  /** The folder that it runs in; ours unless set. */
  cwd?: string;
  /** Its environment; ours unless set. */
  env?: NodeJS.ProcessEnv;
  /** The user and group that it runs as; ours unless set. */
  user?: { uid: number; gid: number };
  /** Gets what the process prints, as it comes. */
  onOutput?: (text: string) => void;
}

/** A child process and all that it starts: a process group, which is signalled as one and never outlives this process. */
export class ManagedProcess implements AsyncDisposable {
  /** What it is called in errors. */
  readonly name: string;
  /** Resolves when it has ended; both are null if it could not be started. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  #output = "";
  #ended = false;

  /**
   * Starts it.
   *
   * @param processOptions what to run
   */
  constructor({ name, command, args = [], cwd, env, user, onOutput }: ProcessOptions) {
    watchOwnEnd();
    this.name = name;
    this.#child = spawn(command, args, { cwd, env, ...user, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    living.add(this);
    if (this.#child.pid !== undefined) tellGuard({ group: this.#child.pid });
    const record = (chunk: Buffer) => {
      this.#output = (this.#output + chunk).slice(-20_000);
      onOutput?.(String(chunk));
    };
    this.#child.stdout?.on("data", record);
    this.#child.stderr?.on("data", record);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#ended = true;
        resolve({ code, signal });
      };
      this.#child.once("exit", end);
      this.#child.once("error", (error) => {
        record(Buffer.from(`${error}`));
        end(null, null);
      });
    });
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output;
  }

  /** The process group, or undefined if the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Signals the whole group; does nothing when it is gone. */
  signal(signal: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Kills the whole group with SIGKILL and waits until the process is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
    living.delete(this);
    if (this.#child.pid !== undefined) tellGuard({ group: this.#child.pid, forget: true });
  }

  [Symbol.asyncDispose] = () => this.kill();

  /**
   * Waits until the process is ready.
   *
   * @throws Error with what it printed, if it ends or is not ready in time
   */
  async ready(condition: () => Promise<boolean>, timeout = 120_000): Promise<void> {
    try {
      await waitFor(`${this.name} is ready`, async () => this.#ended || (await condition()), { timeout });
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}. It printed:\n${this.#output}`);
    }
    if (this.#ended) throw new Error(`${this.name} ended before it was ready. It printed:\n${this.#output}`);
  }
}

/**
 * This process's environment without what would steer a child by accident, and with a folder's tools on its PATH, as
 * scripts have them.
 *
 * @param folder the one whose `node_modules/.bin` comes first
 * @param extra what else it should hold; it wins
 */
export function cleanEnvironment(folder: string, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(RESTATE|OPENAI|MAX_RESEARCH_TASKS|NODE_OPTIONS|VITEST|PORT$)/.test(name),
  );
  const tools = [join(folder, "node_modules/.bin"), dirname(process.execPath)];
  return { ...Object.fromEntries(own), PATH: [...tools, process.env.PATH].join(delimiter), ...extra };
}
