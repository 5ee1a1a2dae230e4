import { execaSync } from "execa";
import type { Commands, ExpectedOutput, Page, RunNote, RunNoteName } from "../page.ts";

/** A command of a page: one line, or several that belong together, such as with `\` at the end or a here-document. */
export interface Command {
  line: number;
  text: string;
}

/** A ```sh block, ready to be run. */
export interface RunStep {
  kind: "run";
  line: number;
  commands: Command[];
  output: ExpectedOutput | undefined;
  /** It keeps running, in a terminal of its own; the page goes on when it has printed this. */
  until: string | undefined;
  /** It runs in a terminal of its own while the page goes on, until `<!-- wait -->`. */
  beside: boolean;
  /** It is run as soon as what runs `until` has printed this. */
  when: string | undefined;
  /** Commands that have to exist. */
  needs: string[];
  /** Environment variables that have to be set. */
  with: string[];
  /** The exit code of the last command. */
  exits: number;
  /** How long each command may take, in milliseconds. */
  within: number;
}

export type Step =
  | RunStep
  | { kind: "stop"; line: number }
  | { kind: "wait"; line: number; output: ExpectedOutput | undefined };

/** How long a command may take, in milliseconds, unless `within` says otherwise. */
export const DEFAULT_DEADLINE = 120_000;

/**
 * What running a page takes.
 *
 * @throws Error with page and line, if a block can't be run as its comment says, or is not what bash understands
 */
export function stepsOf({ file, blocks }: Page): Step[] {
  const steps: Step[] = [];
  let untils = 0;
  const besides: number[] = [];
  for (const block of blocks) {
    const fail = (why: string) => new Error(`${file}:${block.line}: ${why}`);
    if (block.kind === "commands") {
      const step = runStep(block, file, fail);
      if (step.when !== undefined && untils === 0) throw fail("when: nothing runs `until` before it");
      if (step.until !== undefined) untils++;
      if (step.beside) besides.push(step.line);
      steps.push(step);
    } else if (block.kind === "stop") {
      if (untils-- === 0) throw fail("stop: nothing runs `until` before it");
      steps.push({ kind: "stop", line: block.line });
    } else if (block.kind === "wait") {
      if (besides.shift() === undefined) throw fail("wait: nothing runs `beside` before it");
      steps.push({ kind: "wait", line: block.line, output: block.output });
    }
  }
  const [forgotten] = besides;
  if (forgotten !== undefined) throw new Error(`${file}:${forgotten}: what runs beside has no <!-- wait --> after it`);
  return steps;
}

function runStep({ line, notes, script, output }: Commands, file: string, fail: (why: string) => Error): RunStep {
  const all = (name: RunNoteName) => notes.filter((note) => note.name === name).map(({ argument }) => argument);
  const one = (name: RunNoteName) => {
    const [first, second] = all(name);
    if (first === "" && name !== "beside") throw fail(`${name} takes something, such as ${examples[name]}`);
    if (second !== undefined) throw fail(`${name} stands there twice`);
    return first;
  };
  const step: RunStep = {
    kind: "run",
    line,
    commands: commandsOf(script, line + 1, file),
    output,
    until: one("until"),
    beside: one("beside") !== undefined,
    when: one("when"),
    needs: words(all("needs")),
    with: words(all("with")),
    exits: numberOf("exits", one("exits"), /^(\d+)$/, fail) ?? 0,
    within: (numberOf("within", one("within"), /^(\d+) ?s$/, fail) ?? DEFAULT_DEADLINE / 1000) * 1000,
  };
  if (step.until !== undefined && step.beside) throw fail("it runs either until or beside, not both");
  if (step.until !== undefined && step.exits !== 0) throw fail("what runs until is stopped, and exits with nothing");
  if (step.beside && output) throw fail("what runs beside prints its output at its end: put it after <!-- wait -->");
  return step;
}

const examples: Record<RunNoteName, string> = {
  until: 'until "is up"',
  beside: "beside",
  when: 'when "answered"',
  needs: "needs docker",
  exits: "exits 1",
  with: "with OPENAI_API_KEY",
  within: "within 600 s",
};

const words = (texts: string[]) => texts.flatMap((text) => text.split(/\s+/));

function numberOf(
  name: RunNote["name"],
  argument: string | undefined,
  form: RegExp,
  fail: (why: string) => Error,
): number | undefined {
  if (argument === undefined) return undefined;
  const [, number] = argument.match(form) ?? [];
  if (number === undefined) throw fail(`${name} takes ${examples[name].slice(name.length + 1)}, not ${argument}`);
  return Number(number);
}

/**
 * Splits a script into its commands.
 *
 * @param firstLine the script's first line in the page
 * @throws Error with page and line, if bash does not understand it
 */
export function commandsOf(script: string, firstLine: number, file: string): Command[] {
  const commands: Command[] = [];
  let begun: { line: number; lines: string[]; problem: string } | undefined;
  for (const [index, text] of script.replace(/\n$/, "").split("\n").entries()) {
    if (!begun && /^\s*(#|$)/.test(text)) continue;
    if (!begun && /^\s*[$>%] /.test(text)) {
      throw new Error(`${file}:${firstLine + index}: leave out the prompt: ${text.trim()}`);
    }
    begun ??= { line: firstLine + index, lines: [], problem: "" };
    begun.lines.push(text);
    const command = begun.lines.join("\n");
    begun.problem = whyIncomplete(command);
    if (begun.problem) continue;
    commands.push({ line: begun.line, text: command });
    begun = undefined;
  }
  if (begun) throw new Error(`${file}:${begun.line}: bash does not understand it: ${begun.problem}`);
  return commands;
}

function whyIncomplete(command: string): string {
  // bash takes a backslash at the end of all for the end.
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(command)) return "it ends with a backslash";
  const { exitCode, stderr } = execaSync("bash", ["--noprofile", "--norc", "-n"], {
    input: `${command}\n`,
    reject: false,
  });
  // A here-document without its end is only a warning.
  return exitCode === 0 && stderr === "" ? "" : stderr.replace(/^bash: /gm, "") || `exit code ${exitCode}`;
}
