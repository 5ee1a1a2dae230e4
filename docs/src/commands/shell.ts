import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManagedProcess, waitFor } from "@durable-agents/crash-harness";

/** Commands that were typed into a terminal: what they print, and how they end. */
export class Terminal {
  readonly process: ManagedProcess;
  /** The exit code; undefined while they run. */
  code: number | string | undefined;
  readonly #commands: string;
  readonly #file: string;

  /** @param file where `process` writes what the commands print */
  constructor(commands: string, process: ManagedProcess, file: string) {
    this.#commands = commands;
    this.process = process;
    this.#file = file;
    void process.exited.then(({ code, signal }) => {
      this.code = code ?? `none, but ${signal}`;
    });
  }

  /** What was typed. */
  toString(): string {
    return this.#commands;
  }

  /** All that they and what they started have printed. */
  get output(): string {
    return read(this.#file);
  }
}

/** How long what still runs at the end of a page may take to end, in milliseconds. */
const ENDING_TIMEOUT = 10_000;

/** A reader at a machine: one terminal for most commands, and others for what goes on while they run. */
export class Shell implements AsyncDisposable {
  readonly #folder: string;
  readonly #start: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #processes: ManagedProcess[] = [];

  /**
   * @param folder where it keeps what it hands on; empty
   * @param start where the first command is run
   */
  constructor(folder: string, start: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#start = start;
    this.#environment = environment;
  }

  /** Types a command into the reader's terminal, where nothing must run: it finds there, and leaves, a folder and variables. */
  run(command: string): Terminal {
    const [exported, variables] = [join(this.#folder, "exported"), join(this.#folder, "variables")];
    const leave = `{ printf "cd -- %q\\n" "$PWD"; export -p; } >"${exported}"; declare -p >"${variables}"`;
    // Some can't be set again: those that bash has made read-only.
    const find = `. "${exported}" 2>/dev/null; . "${variables}" 2>/dev/null`;
    return this.#bash(command, [find, `trap '${leave}' EXIT`]);
  }

  /**
   * Types commands into a terminal of their own, which begins with the folder and the exported variables that there are now.
   *
   * @param environment what only they find in their environment
   */
  open(commands: string, environment: NodeJS.ProcessEnv = {}): Terminal {
    // As they are now: the reader's terminal goes on.
    return this.#bash(
      commands,
      [`{\n:\n${read(join(this.#folder, "exported"))}\n} 2>/dev/null`, "set -e"],
      environment,
    );
  }

  #bash(commands: string, before: string[], environment: NodeJS.ProcessEnv = {}): Terminal {
    const script = join(this.#folder, `${this.#processes.length}.sh`);
    const output = `${script}.output`;
    writeFileSync(script, [`exec >'${output}' 2>&1`, ...before, commands, ""].join("\n"));
    const bash = new ManagedProcess({
      name: commands,
      command: "bash",
      args: ["--noprofile", "--norc", script],
      cwd: this.#start,
      env: { ...this.#environment, ...environment },
    });
    this.#processes.push(bash);
    return new Terminal(commands, bash, output);
  }

  /** Ends everything that still runs: with Ctrl-C, so that it ends what it has started, and then with SIGKILL. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) process.signal("SIGINT");
    await this.#gone();
    await Promise.all(this.#processes.map((process) => process.kill()));
    await this.#gone();
  }

  async #gone(): Promise<void> {
    const alive = () => this.#processes.some(({ pid }) => isAlive(pid));
    await waitFor("all is gone", () => !alive(), { timeout: ENDING_TIMEOUT }).catch(() => undefined);
  }
}

/** Whether a process group has a process. */
function isAlive(group: number | undefined): boolean {
  try {
    return group !== undefined && process.kill(-group, 0);
  } catch {
    return false;
  }
}

const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");
