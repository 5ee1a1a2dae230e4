import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManagedProcess, waitFor } from "@durable-agents/testkit";

/** Something that runs in a terminal of its own. */
export class Terminal {
  readonly process: ManagedProcess;
  readonly #file: string;

  constructor(process: ManagedProcess, file: string) {
    this.process = process;
    this.#file = file;
    this.ended = process.exited.then(({ code, signal }) => {
      this.hasEnded = true;
      return code ?? `none, but ${signal}`;
    });
  }

  /** The exit code, once it has ended. */
  readonly ended: Promise<number | string>;
  hasEnded = false;

  /** All that it and what it started have printed. */
  get output(): string {
    return existsSync(this.#file) ? readFileSync(this.#file, "utf8") : "";
  }
}

/** How long what still runs at the end of a page may take to end, in milliseconds. */
const ENDING_TIMEOUT = 10_000;

/** What bash has in its variables by itself; the rest is what a page has set, or what was handed on to it. */
const OF_BASH =
  "BASH*|DIRSTACK|EUID|FUNCNAME|GROUPS|HOSTNAME|HOSTTYPE|IFS|LINENO|MACHTYPE|OLDPWD|OPTERR|OPTIND|OSTYPE|PIPESTATUS|" +
  "PPID|PS4|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|EPOCH*|UID|_|docs_*";

/**
 * A reader's shell. Each command is a bash of its own, so that it can be timed and ended with all that it started; folder
 * and variables are handed on from one to the next.
 */
export class Shell implements AsyncDisposable {
  readonly #folder: string;
  readonly #start: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #terminals: Terminal[] = [];
  #count = 0;

  /**
   * @param folder where it keeps what it hands on; empty
   * @param start where the first command is run
   */
  constructor(folder: string, start: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#start = start;
    this.#environment = environment;
  }

  /**
   * Starts commands.
   *
   * @param isOther whether they are typed into another terminal, so that folder and variables are not handed on
   * @param environment what only these commands find in their environment
   */
  open(
    commands: string,
    { isOther, environment = {} }: { isOther: boolean; environment?: NodeJS.ProcessEnv },
  ): Terminal {
    const name = String(++this.#count).padStart(3, "0");
    const output = join(this.#folder, `${name}.output`);
    const script = join(this.#folder, `${name}.sh`);
    const go = join(this.#folder, `${name}.go`);
    writeFileSync(
      script,
      [
        // Into a file, in the order of printing; nothing is lost when a process ends before its output was read.
        `exec >${quoted(output)} 2>&1`,
        // If we are killed while it starts, nobody knows of it yet who would end it.
        `until [ -e ${quoted(go)} ]; do kill -0 ${process.pid} 2>/dev/null || exit 1; sleep 0.01; done`,
        `if [ -e ${quoted(this.#state)} ]; then . ${quoted(this.#state)} 2>/dev/null; fi`,
        isOther ? "set -e" : this.#handOn(Object.keys(environment)),
        commands,
        "",
      ].join("\n"),
    );
    const bash = new ManagedProcess({
      name: commands,
      command: "bash",
      args: ["--noprofile", "--norc", script],
      cwd: this.#start,
      env: { ...this.#environment, ...environment },
    });
    writeFileSync(go, "");
    const terminal = new Terminal(bash, output);
    this.#terminals.push(terminal);
    void terminal.ended.then(() => this.#forget(terminal));
    return terminal;
  }

  /** Ends everything that still runs: with Ctrl-C, so that it ends what it has started, and then with SIGKILL. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.#terminals) process.signal("SIGINT");
    await this.#gone(ENDING_TIMEOUT);
    await Promise.all(this.#terminals.map(({ process }) => process.kill()));
    await this.#gone(ENDING_TIMEOUT);
  }

  async #gone(timeout: number): Promise<void> {
    const groups = this.#terminals.map(({ process }) => process.pid);
    await waitFor("all is gone", () => !groups.some(isAlive), { timeout }).catch(() => undefined);
  }

  get #state(): string {
    return join(this.#folder, "state.sh");
  }

  #handOn(except: string[]): string {
    const state = quoted(this.#state);
    return `docs_hand_on() {
  for docs_name in $(compgen -v); do
    case "$docs_name" in ${[OF_BASH, ...except].join("|")}) ;; *) declare -p "$docs_name" 2>/dev/null ;; esac
  done >${state}
  printf 'cd -- %q\\n' "$PWD" >>${state}
}
trap docs_hand_on EXIT`;
  }

  /** A group that is empty is not kept: its number may be given to others. */
  async #forget(terminal: Terminal): Promise<void> {
    if (isAlive(terminal.process.pid)) return;
    await terminal.process.kill();
    this.#terminals.splice(this.#terminals.indexOf(terminal), 1);
  }
}

function isAlive(group: number | undefined): boolean {
  if (group === undefined) return false;
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
