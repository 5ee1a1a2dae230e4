import { existsSync, mkdtempSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { waitFor } from "@durable-agents/crash-harness";
import type { Commands, ExpectedOutput, Page, Stop, Wait } from "../page.ts";
import { forSdk, type Sdk } from "../sdks.ts";
import type { Clone } from "./clone.ts";
import { contains, difference, readable } from "./compare.ts";
import { Shell, type Terminal } from "./shell.ts";

/** How a page went. */
export interface PageRun {
  file: string;
  /** The root of the clone in which it was run. */
  root: string;
  /** How many commands were run. */
  commands: number;
  /** Blocks that could not be run here. */
  notRun: { line: number; why: string }[];
  seconds: number;
  /** What was wrong, with page and line; the commands after it were not run. */
  failure?: string;
}

/** A command of a page. */
interface Command {
  line: number;
  text: string;
}

/** What runs `until` or `beside`. */
interface Running {
  block: Commands;
  terminal: Terminal;
  /** How much it had printed when the block before this one was started. */
  printedBefore: number;
}

/** A command did not do what the page says. */
class NotAsWritten extends Error {
  readonly line: number;

  constructor(line: number, message: string, output: string) {
    const text = readable(output).trimEnd();
    super(`${message}\n${text === "" ? "It printed nothing." : `It printed:\n${indented(text)}`}`);
    this.line = line;
  }
}

/**
 * How long a command, or a text that it prints, is waited for, in milliseconds: that only ends what hangs. What the page
 * shows after that text, and the end after Ctrl-C, come soon.
 */
const timeouts = { command: 600_000, soon: 60_000 };

/** What a page is run with. */
interface Options {
  clone: Clone;
  /** Whose name stands in place of the one that the page has. */
  sdk: Sdk;
  limits?: typeof timeouts;
}

/**
 * Runs all commands of a page, in order, in the root of a clone, and compares what they print with what the page says.
 * Whatever they have started is gone when this returns.
 */
export async function runPage(page: Page, options: Options): Promise<PageRun> {
  const started = performance.now();
  const { clone } = options;
  const run: PageRun = { file: page.file, root: clone.root, commands: 0, notRun: [], seconds: 0 };
  try {
    await using shell = new Shell(mkdtempSync(join(clone.folder, "page-")), clone.root, clone.environment);
    const reader = new Reader(shell, run, options);
    for (const block of page.blocks) {
      if (block.kind === "commands" || block.kind === "stop" || block.kind === "wait") await reader.take(block);
    }
    reader.expectAlive();
  } catch (error) {
    if (!(error instanceof NotAsWritten)) throw error;
    run.failure = `${page.file}:${error.line}: ${error.message}`;
  }
  run.seconds = (performance.now() - started) / 1000;
  return run;
}

/** Does what a page says, block by block. */
class Reader {
  readonly #shell: Shell;
  readonly #run: PageRun;
  readonly #options: Required<Options>;
  /** What could not be run here stands as undefined in its place, so that `stop` and `wait` find it. */
  readonly #untils: (Running | undefined)[] = [];
  readonly #besides: (Running | undefined)[] = [];

  constructor(shell: Shell, run: PageRun, options: Options) {
    this.#shell = shell;
    this.#run = run;
    this.#options = { limits: timeouts, ...options };
  }

  async take(block: Commands | Stop | Wait): Promise<void> {
    if (block.kind === "stop") return this.#stop(this.#untils.pop(), block);
    if (block.kind === "wait") return this.#wait(this.#besides.shift(), block);
    const missing = block.needs.find((name) => !this.#has(name));
    if (missing) {
      this.#run.notRun.push({ line: block.line, why: `needs ${missing}` });
      if (block.until) this.#untils.push(undefined);
      if (block.beside) this.#besides.push(undefined);
      return;
    }
    this.expectAlive();
    const printed = this.#alive().map((running) => [running, running.terminal.output.length] as const);
    if (block.when) await this.#printed(block.when, block);
    for (const [running, length] of printed) running.printedBefore = length;
    const commands = this.#commandsOf(block);
    if (block.until || block.beside) await this.#open(block, commands);
    else await this.#runAll(block, commands);
    this.#run.commands += commands.length;
    this.expectAlive();
  }

  /** @throws NotAsWritten if what should keep running has ended */
  expectAlive(): void {
    for (const { block, terminal } of this.#alive()) {
      if (terminal.code === undefined) continue;
      throw new NotAsWritten(block.line, `it should keep running, but has ended: ${terminal}`, terminal.output);
    }
  }

  #alive(): Running[] {
    return this.#untils.filter((running) => running !== undefined);
  }

  /** Whether there is a command, or an environment variable. */
  #has(name: string): boolean {
    if (isVariable(name)) return Boolean(process.env[name]);
    const folders = (this.#options.clone.environment.PATH ?? "").split(delimiter);
    return folders.some((folder) => existsSync(resolve(folder, name)));
  }

  /** The commands of a block as they are run here: one a line, unless a line ends with a backslash. */
  #commandsOf({ script, line }: Commands): Command[] {
    const { clone, sdk } = this.#options;
    let next = line + 1;
    return clone
      .withOwnPorts(forSdk(script, sdk))
      .split(/(?<!\\)\n/)
      .flatMap((text) => {
        const command = { line: next, text };
        next += text.split("\n").length;
        return /^\s*(#|$)/.test(text) ? [] : [command];
      });
  }

  async #runAll(block: Commands, commands: Command[]): Promise<void> {
    const variables = variablesOf(block);
    let output = "";
    for (const [index, { line, text }] of commands.entries()) {
      // Only this block gets the variables that it names, and so it has a terminal of its own.
      const terminal = variables ? this.#shell.open(text, variables) : this.#shell.run(text);
      const code = await this.#end(terminal, line);
      output += terminal.output.replace(/([^\n])$/, "$1\n");
      const expected = index === commands.length - 1 ? block.exits : 0;
      if (code !== expected) throw new NotAsWritten(line, `exit code ${code} instead of ${expected}: ${text}`, output);
    }
    this.#compare(block.output, output, commands.map(({ text }) => text).join("\n"));
  }

  async #open(block: Commands, commands: Command[]): Promise<void> {
    const terminal = this.#shell.open(commands.map(({ text }) => text).join("\n"), variablesOf(block));
    const running = { block, terminal, printedBefore: 0 };
    if (!block.until) {
      this.#besides.push(running);
      return;
    }
    const { limits } = this.#options;
    const text = this.#expected(block.until);
    const isPrinted = () => contains(this.#shown(terminal.output), text);
    await happens(() => isPrinted() || terminal.code !== undefined, limits.command);
    if (!isPrinted()) {
      const how = terminal.code === undefined ? "ran for long" : `ended (exit code ${terminal.code})`;
      const what = `it ${how}, and did not print "${block.until}": ${terminal}`;
      throw new NotAsWritten(block.line, what, terminal.output);
    }
    if (block.output) {
      const shown = { ...block.output, text: `${block.output.text.trimEnd()}\n…` };
      const isSame = () => difference(this.#expected(shown.text), this.#shown(terminal.output)) === undefined;
      await happens(() => isSame() || terminal.code !== undefined, limits.soon);
      this.#compare(shown, terminal.output, String(terminal));
    }
    this.#untils.push(running);
  }

  /** Waits until something that runs `until` has printed a text since the block before. */
  async #printed(text: string, { line }: Commands): Promise<void> {
    const alive = this.#alive();
    if (alive.length === 0) return;
    const expected = this.#expected(text);
    const since = ({ terminal, printedBefore }: Running) => terminal.output.slice(printedBefore);
    const isPrinted = () => alive.some((running) => contains(this.#shown(since(running)), expected));
    const isOver = () => alive.some(({ terminal }) => terminal.code !== undefined);
    await happens(() => isPrinted() || isOver(), this.#options.limits.command);
    if (isPrinted()) return;
    this.expectAlive();
    throw new NotAsWritten(line, `"${text}" was not printed since the block before`, alive.map(since).join("\n"));
  }

  async #stop(running: Running | undefined, { line }: Stop): Promise<void> {
    if (!running) return;
    const { terminal } = running;
    if (terminal.code !== undefined)
      throw new NotAsWritten(line, `there is nothing to stop, it has ended: ${terminal}`, terminal.output);
    terminal.process.signal("SIGINT");
    if (await happens(() => terminal.code !== undefined, this.#options.limits.soon)) return;
    throw new NotAsWritten(line, `it still runs after Ctrl-C: ${terminal}`, terminal.output);
  }

  async #wait(running: Running | undefined, { output, line }: Wait): Promise<void> {
    if (!running) return;
    const { block, terminal } = running;
    const code = await this.#end(terminal, line);
    if (code !== block.exits)
      throw new NotAsWritten(block.line, `exit code ${code} instead of ${block.exits}: ${terminal}`, terminal.output);
    this.#compare(output, terminal.output, String(terminal));
  }

  /** @returns the exit code */
  async #end(terminal: Terminal, line: number): Promise<number | string | undefined> {
    const { command } = this.#options.limits;
    if (await happens(() => terminal.code !== undefined, command)) return terminal.code;
    throw new NotAsWritten(line, `it still runs after ${command / 1000} s: ${terminal}`, terminal.output);
  }

  #compare(output: ExpectedOutput | undefined, actual: string, commands: string): void {
    const found = output && difference(this.#expected(output.text), this.#options.clone.asPrinted(actual));
    if (found === undefined) return;
    const what = `the page shows another output (-) than there is (+): ${commands}\n${indented(found)}`;
    throw new NotAsWritten(output?.line ?? 0, what, actual);
  }

  /** An output as a reader sees it, with the ports that pages name. */
  #shown(output: string): string {
    return readable(this.#options.clone.asPrinted(output));
  }

  #expected(text: string): string {
    return forSdk(text, this.#options.sdk);
  }
}

/** Variables are written in capitals, as commands are not. */
const isVariable = (name: string) => /^[A-Z][A-Z0-9_]+$/.test(name);

/** The environment variables that a block needs; undefined if it needs none. */
function variablesOf({ needs }: Commands): NodeJS.ProcessEnv | undefined {
  const names = needs.filter(isVariable);
  return names.length > 0 ? Object.fromEntries(names.map((name) => [name, process.env[name]])) : undefined;
}

/** Whether something happens in time. */
const happens = (condition: () => boolean, timeout: number): Promise<boolean> =>
  waitFor("it happens", condition, { timeout, interval: 20 }).then(
    () => true,
    () => condition(),
  );

const indented = (text: string) => text.replace(/^/gm, "  ");
