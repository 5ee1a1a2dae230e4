import { waitFor } from "@durable-agents/testkit";
import type { ExpectedOutput, Page } from "../page.ts";
import { followsSdk, forSdk, type Sdk } from "../sdks.ts";
import type { Clone } from "./clone.ts";
import { contains, difference, readable } from "./compare.ts";
import { Shell, type Terminal } from "./shell.ts";
import { type Command, type RunStep, type Step, stepsOf } from "./steps.ts";

/** How a page went. */
export interface PageRun {
  file: string;
  /** How many commands were run. */
  commands: number;
  /** Blocks that could not be run here. */
  notRun: { line: number; why: string }[];
  seconds: number;
  /** What was wrong, with page and line; the commands after it were not run. */
  failure?: string;
}

/** A command did not do what the page says. */
class NotAsWritten extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** How long what runs `until` may go on printing what the page shows, and may take to end, in milliseconds. */
const PRINTING_TIMEOUT = 10_000;
const STOPPING_TIMEOUT = 30_000;

/** How much longer the command may take that finds nothing installed, in milliseconds. */
const INSTALLING = 300_000;

/** How often outputs are looked at, in milliseconds. */
const INTERVAL = 20;

/**
 * Runs all commands of a page, in order, in the root of a clone, and compares what they print with what the page says.
 * Whatever they have started is gone when this returns.
 *
 * @param sdk whose name stands in place of the one that the page has
 */
export async function runPage(page: Page, clone: Clone, sdk: Sdk, { isInstalled = true } = {}): Promise<PageRun> {
  const started = performance.now();
  const run: PageRun = { file: page.file, commands: 0, notRun: [], seconds: 0 };
  try {
    await using shell = new Shell(clone.pageFolder(), clone.root, clone.environment);
    const reader = new Reader(shell, clone, sdk, run, isInstalled ? 0 : INSTALLING);
    for (const step of stepsOf(page)) await reader.take(step);
    reader.expectAlive();
  } catch (error) {
    if (!(error instanceof NotAsWritten)) throw error;
    run.failure = `${page.file}:${error.line}: ${error.message}`;
  }
  run.seconds = (performance.now() - started) / 1000;
  return run;
}

/** What runs `until` or `beside`. */
interface Running {
  step: RunStep;
  command: string;
  terminal: Terminal;
}

/** Something that could not be run here stands in its place, so that `stop` and `wait` find it. */
type MaybeRunning = Running | "not run";

/** Does what a page says, step by step. */
class Reader {
  readonly #shell: Shell;
  readonly #clone: Clone;
  readonly #sdk: Sdk;
  readonly #run: PageRun;
  #moreTime: number;
  readonly #untils: MaybeRunning[] = [];
  readonly #besides: MaybeRunning[] = [];
  /** How much each had printed when the block before this one was started. */
  #printedBefore = new Map<Running, number>();

  constructor(shell: Shell, clone: Clone, sdk: Sdk, run: PageRun, moreTime: number) {
    this.#shell = shell;
    this.#clone = clone;
    this.#sdk = sdk;
    this.#run = run;
    this.#moreTime = moreTime;
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "stop") return this.#stop(this.#untils.pop() as MaybeRunning, step.line);
    if (step.kind === "wait") return this.#wait(this.#besides.shift() as MaybeRunning, step);

    const environment = await this.#requirements(step);
    if (environment === undefined) {
      if (step.until !== undefined) this.#untils.push("not run");
      if (step.beside) this.#besides.push("not run");
      return;
    }
    this.expectAlive();
    const printedNow = new Map(this.#alive().map((running) => [running, running.terminal.output.length]));
    if (step.when !== undefined) await this.#printed(step.when, step);
    this.#printedBefore = printedNow;
    if (step.until !== undefined || step.beside) await this.#open(step, environment);
    else await this.#runAll(step, environment);
    this.#run.commands += step.commands.length;
    this.expectAlive();
  }

  /** @throws NotAsWritten if what should keep running has ended */
  expectAlive(): void {
    for (const { step, command, terminal } of this.#alive()) {
      if (!terminal.hasEnded) continue;
      throw new NotAsWritten(
        step.line,
        `it should keep running, but has ended: ${command}\n${printed(terminal.output)}`,
      );
    }
  }

  #alive(): Running[] {
    return this.#untils.filter((running) => running !== "not run");
  }

  /** What a block needs of the environment; undefined if it can't be run here, which is noted. */
  async #requirements({ line, needs, with: variables }: RunStep): Promise<NodeJS.ProcessEnv | undefined> {
    for (const command of needs) {
      const terminal = this.#shell.open(`command -v ${command}`, { isOther: true });
      if ((await terminal.ended) === 0) continue;
      this.#run.notRun.push({ line, why: `needs ${command}` });
      return undefined;
    }
    for (const name of variables) {
      if (process.env[name]) continue;
      this.#run.notRun.push({ line, why: `needs ${name}` });
      return undefined;
    }
    // Whoever has a key of OpenAI's kind may have a server and models of their own, too.
    const names = variables.flatMap((name) => {
      const [prefix] = name.split("_");
      return [name, `${prefix}_BASE_URL`, `${prefix}_MODEL`, `${prefix}_PLANNER_MODEL`];
    });
    return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  }

  async #runAll(step: RunStep, environment: NodeJS.ProcessEnv): Promise<void> {
    const outputs: string[] = [];
    const commands = this.#asRun(step);
    for (const [index, command] of commands.entries()) {
      const terminal = this.#shell.open(command.text, { isOther: false, environment });
      const code = await this.#end(terminal, command, step.within);
      outputs.push(terminal.output.replace(/([^\n])$/, "$1\n"));
      const expected = index === commands.length - 1 ? step.exits : 0;
      if (code === expected) continue;
      throw new NotAsWritten(
        command.line,
        `exit code ${code} instead of ${expected}: ${command.text}\n${printed(outputs.join(""))}`,
      );
    }
    this.#compare(step.output, outputs.join(""), textOf(commands));
  }

  async #open(step: RunStep, environment: NodeJS.ProcessEnv): Promise<void> {
    const command = textOf(this.#asRun(step));
    const running = { step, command, terminal: this.#shell.open(command, { isOther: true, environment }) };
    if (step.beside) {
      this.#besides.push(running);
      return;
    }
    const { terminal } = running;
    const text = this.#expected(step.until as string);
    const deadline = this.#deadline(step.within);
    const isPrinted = () => contains(this.#shown(terminal), text);
    const isThere = await happens(() => isPrinted() || terminal.hasEnded, deadline);
    if (!isPrinted()) {
      const what = isThere
        ? `ended (exit code ${await terminal.ended}) before`
        : `ran for ${deadline / 1000} s and did not`;
      throw new NotAsWritten(step.line, `it ${what} print "${step.until}": ${command}\n${printed(terminal.output)}`);
    }
    if (step.output) {
      const expected = this.#expected(step.output.text);
      const isSame = () => difference(expected, this.#shown(terminal), { isStillPrinting: true }) === undefined;
      await happens(() => isSame() || terminal.hasEnded, Math.min(step.within, PRINTING_TIMEOUT));
      this.#compare(step.output, terminal.output, command, { isStillPrinting: true });
    }
    this.#untils.push(running);
    this.#printedBefore.set(running, 0);
  }

  /** Waits until something that runs `until` has printed a text since the block before. */
  async #printed(text: string, step: RunStep): Promise<void> {
    const alive = this.#alive();
    if (alive.length === 0) return;
    const expected = this.#expected(text);
    const since = (running: Running) => running.terminal.output.slice(this.#printedBefore.get(running) ?? 0);
    const isPrinted = () => alive.some((running) => contains(this.#readable(since(running)), expected));
    const isOver = () => alive.some(({ terminal }) => terminal.hasEnded);
    await happens(() => isPrinted() || isOver(), step.within);
    if (isPrinted()) return;
    const outputs = alive.map((running) => printed(since(running))).join("\n");
    this.expectAlive();
    throw new NotAsWritten(
      step.line,
      `nobody printed "${text}" in ${step.within / 1000} s, since the block before.\n${outputs}`,
    );
  }

  async #stop(running: MaybeRunning, line: number): Promise<void> {
    if (running === "not run") return;
    const { terminal, command } = running;
    if (terminal.hasEnded) {
      throw new NotAsWritten(line, `there is nothing to stop, it has ended: ${command}\n${printed(terminal.output)}`);
    }
    terminal.process.signal("SIGINT");
    if (await happens(() => terminal.hasEnded, STOPPING_TIMEOUT)) return;
    throw new NotAsWritten(
      line,
      `it still runs ${STOPPING_TIMEOUT / 1000} s after Ctrl-C: ${command}\n${printed(terminal.output)}`,
    );
  }

  async #wait(
    running: MaybeRunning,
    { output, line }: { output: ExpectedOutput | undefined; line: number },
  ): Promise<void> {
    if (running === "not run") return;
    const { step, command, terminal } = running;
    const code = await this.#end(terminal, { line, text: command }, step.within);
    if (code !== step.exits) {
      throw new NotAsWritten(
        step.line,
        `exit code ${code} instead of ${step.exits}: ${command}\n${printed(terminal.output)}`,
      );
    }
    this.#compare(output, terminal.output, command);
  }

  /** @returns the exit code */
  async #end(terminal: Terminal, command: Command, within: number): Promise<number | string> {
    const deadline = this.#deadline(within);
    if (await happens(() => terminal.hasEnded, deadline)) return terminal.ended;
    throw new NotAsWritten(
      command.line,
      `it still runs after ${deadline / 1000} s: ${command.text}\n${printed(terminal.output)}`,
    );
  }

  /** The first command that takes npm installs everything. */
  #deadline(within: number): number {
    const more = this.#moreTime;
    this.#moreTime = 0;
    return within + more;
  }

  #compare(
    output: ExpectedOutput | undefined,
    actual: string,
    command: string,
    options?: { isStillPrinting: boolean },
  ): void {
    if (!output) return;
    const found = difference(this.#expected(output.text), this.#clone.asPrinted(actual), options);
    if (found === undefined) return;
    throw new NotAsWritten(
      output.line,
      `the page shows another output (-) than there is (+): ${command}\n${indented(found)}\n${printed(actual)}`,
    );
  }

  #shown(terminal: Terminal): string {
    return this.#readable(terminal.output);
  }

  #readable(output: string): string {
    return this.#clone.asPrinted(readable(output));
  }

  #asRun({ commands }: RunStep): Command[] {
    // A block that names several implementations compares them, and stays as it is.
    const follows = followsSdk(textOf(commands));
    return commands.map(({ line, text }) => ({
      line,
      text: this.#clone.withOwnPorts(follows ? forSdk(text, this.#sdk) : text),
    }));
  }

  #expected(text: string): string {
    return forSdk(text, this.#sdk);
  }
}

/** Whether something happens before a deadline, in milliseconds. */
async function happens(condition: () => boolean, timeout: number): Promise<boolean> {
  return waitFor("it happens", condition, { timeout, interval: INTERVAL }).then(
    () => true,
    () => condition(),
  );
}

const textOf = (commands: Command[]) => commands.map(({ text }) => text).join("\n");

const indented = (text: string) => text.replace(/^/gm, "  ");

const printed = (output: string) => {
  const text = readable(output).trimEnd();
  return text === "" ? "It printed nothing." : `It printed:\n${indented(text)}`;
};
