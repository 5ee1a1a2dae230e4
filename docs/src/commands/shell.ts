import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ManagedProcess, waitFor } from "@durable-agents/crash-harness";

/** Commands that were typed into a terminal: what they print, and how they end. */
export class Terminal {
  readonly process: ManagedProcess;
  readonly #commands: string;
  /** Its files, without their endings. */
  readonly #name: string;
  #exit: number | string | undefined;

  constructor(commands: string, process: ManagedProcess, name: string) {
    this.#commands = commands;
    this.process = process;
    this.#name = name;
    void process.exited.then(({ code, signal }) => {
      this.#exit = code ?? `none, but ${signal}`;
    });
  }

  /** What was typed. */
  toString(): string {
    return this.#commands;
  }

  /** All that they and what they started have printed. */
  get output(): string {
    return read(`${this.#name}.output`);
  }

  /** The exit code; undefined while they run. */
  get code(): number | string | undefined {
    const said = read(`${this.#name}.code`);
    return said === "" ? this.#exit : Number(said);
  }
}

/**
 * What the reader's bash does: it runs each script that it is told, in itself, so that folder and variables stay, and notes
 * how it ended. Other terminals begin with the folder and the exported variables that there are then.
 */
const READER = `
exec 3<>"$0/scripts"
while read -r docs_script <&3; do
  . "$docs_script.sh" >"$docs_script.output" 2>&1 3<&-
  docs_code=$?
  { export -p; printf 'cd -- %q\\n' "$PWD"; } >"$0/state"
  printf %s "$docs_code" >"$docs_script.code"
done`;

/** How long what still runs at the end of a page may take to end, in milliseconds. */
const ENDING_TIMEOUT = 10_000;

/** A reader at a machine: one terminal for most commands, and others for what goes on while they run. */
export class Shell implements AsyncDisposable {
  readonly #folder: string;
  readonly #start: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #reader: ManagedProcess;
  readonly #processes: ManagedProcess[] = [];
  readonly #scripts: number;
  #count = 0;

  /**
   * @param folder where it keeps what it hands on; empty
   * @param start where the first command is run
   */
  constructor(folder: string, start: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#start = start;
    this.#environment = environment;
    execFileSync("mkfifo", [join(folder, "scripts")]);
    // To read, too: it must not wait here for a shell that has ended.
    this.#scripts = openSync(join(folder, "scripts"), "r+");
    this.#reader = this.#bash("the reader's shell", ["-c", READER, folder], environment);
  }

  /** Types a command into the reader's terminal, where nothing must run. */
  run(command: string): Terminal {
    const name = this.#script(() => command);
    writeSync(this.#scripts, `${name}\n`);
    return new Terminal(command, this.#reader, name);
  }

  /**
   * Types commands into a terminal of their own.
   *
   * @param environment what only they find in their environment
   */
  open(commands: string, environment: NodeJS.ProcessEnv = {}): Terminal {
    // As it is now: the reader's terminal goes on.
    const state = `{\n:\n${read(join(this.#folder, "state"))}\n} 2>/dev/null`;
    const name = this.#script((it) => [`exec >'${it}.output' 2>&1`, state, "set -e", commands].join("\n"));
    return new Terminal(commands, this.#bash(commands, [`${name}.sh`], { ...this.#environment, ...environment }), name);
  }

  #script(textOf: (name: string) => string): string {
    const name = join(this.#folder, String(++this.#count));
    writeFileSync(`${name}.sh`, `${textOf(name)}\n`);
    return name;
  }

  #bash(name: string, args: string[], env: NodeJS.ProcessEnv): ManagedProcess {
    const bash = new ManagedProcess({
      name,
      command: "bash",
      args: ["--noprofile", "--norc", ...args],
      cwd: this.#start,
      env,
    });
    this.#processes.push(bash);
    return bash;
  }

  /** Ends everything that still runs: with Ctrl-C, so that it ends what it has started, and then with SIGKILL. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) process.signal("SIGINT");
    await this.#gone();
    await Promise.all(this.#processes.map((process) => process.kill()));
    await this.#gone();
    closeSync(this.#scripts);
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
