import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cleanEnvironment } from "@durable-agents/testkit";
import { repositoryRoot } from "../repository.ts";
import { environmentVariables } from "./environment.ts";
import { code, fenced, generatedFrom, paragraphs, table } from "./markdown.ts";

/** A script of the repository's package.json. */
export interface CommandScript {
  /** As it is typed, such as `npm run dev`. */
  command: string;
  /** The file that it runs; undefined for those that run somebody else's program. */
  file: string | undefined;
}

/** What ends a command with 1, besides an error, where its own help does not say it. */
const failures: Record<string, string> = {
  "npm run dev": "something could not start, such as for a busy port. Ctrl-C ends it with 0.",
  "npm run docs": "a page can't be built, or the port is busy. Ctrl-C ends it with 0.",
};

/** What is run by a program that has a help of its own. */
const others: Record<string, string> = {
  "npm test": "Lints, checks types and runs all tests: what CI runs. A second run takes seconds, from turbo's cache.",
  "npm run verify": "The same as `npm test`, for those who have Node 24 and pnpm on their PATH.",
  "npm run lint": "Says what Biome finds.",
  "npm run format": "Applies Biome's formatting and fixes.",
};

/** The commands that people start with, in that order; the others follow as package.json has them. */
const first = ["npm start", "npm run dev", "npm run crash", "npm run conformance", "npm run compare"];
const rank = ({ command }: CommandScript) => (first.includes(command) ? first.indexOf(command) : first.length);

/** Every script of the repository's package.json. */
export function commandScripts(): CommandScript[] {
  const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  return Object.entries(scripts)
    .map(([name, script]) => ({
      command: name === "start" || name === "test" ? `npm ${name}` : `npm run ${name}`,
      file: script.match(/^node run\.mjs (\S+\.ts)$/)?.[1],
    }))
    .filter(({ file }) => file === undefined || existsSync(join(repositoryRoot, file)))
    .sort((a, b) => rank(a) - rank(b));
}

const run = promisify(execFile);
const isDocumented = (name: string) => environmentVariables.some((variable) => variable.name === name);

/**
 * What `--help` prints where the output is no terminal: at most 80 columns.
 *
 * @throws Error if a command has no help
 */
export async function helpOf({ command, file }: CommandScript): Promise<string> {
  const { stdout } = await run(process.execPath, [join(repositoryRoot, file ?? ""), "--help"], {
    cwd: repositoryRoot,
    // A default that comes from the environment is not what a reader gets.
    env: Object.fromEntries(Object.entries(cleanEnvironment(repositoryRoot)).filter(([name]) => !isDocumented(name))),
    timeout: 60_000,
  }).catch((error: Error) => {
    throw new Error(`${command} -- --help failed: ${error.message}`);
  });
  if (!stdout.startsWith("Usage:")) throw new Error(`${command} -- --help does not say how it is used: ${stdout}`);
  return stdout.trimEnd();
}

/** `reference/cli.md`: every command, from its own `--help`. */
export async function commandPage(): Promise<string> {
  const scripts = commandScripts();
  const withHelp = scripts.filter(({ file }) => file !== undefined);
  const helps = await Promise.all(withHelp.map(helpOf));
  const rows = scripts.map((script) => {
    const help = helps[withHelp.indexOf(script)];
    const name = help ? `[${code(script.command)}](#${anchor(script.command)})` : code(script.command);
    return [name, help ? summaryOf(help) : (others[script.command] ?? "")];
  });
  return `${paragraphs(
    generatedFrom("package.json and the commands themselves"),
    "# Commands",
    "Every command is an npm script of the repository's root. It brings its own Node and tools: the first one that you run installs them, and works offline after that. Options come after `--`.",
    table(["command", "what it does"], rows),
    "Exit codes: 0 when all is well, 1 when it is not or a command was used in the wrong way; the message says what to do. What else ends a command with 1 is in its help. Ctrl-C ends a command and everything that it started.",
    ...withHelp.flatMap((script, index) => [
      `## ${script.command}`,
      fenced("sh", `${script.command} -- --help`),
      fenced("text", helps[index] as string),
      failures[script.command] && `Exit code 1: ${failures[script.command]}`,
    ]),
    "## Environment variables",
    "Commands take what they need from options. These variables are read besides; `npm run dev` reads them from a file `.env` too, of which [.env.example](../../.env.example) is a template. An empty variable counts as none.",
    table(
      ["variable", "read by", "unless set", "what it is"],
      environmentVariables.map(({ name, readBy, unlessSet, what }) => [code(name), readBy, unlessSet, what]),
    ),
  )}\n`;
}

/** The first sentence of what a command says about itself. */
function summaryOf(help: string): string {
  const [, description = ""] = help.split("\n\n");
  return description.replace(/\s*\n\s*/g, " ").split(/(?<=\.)\s/)[0] ?? "";
}

const anchor = (heading: string) => heading.replace(/[^\w\s-]/g, "").replace(/ /g, "-");
