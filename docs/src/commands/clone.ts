import { cpSync, lstatSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { cleanEnvironment, readPackage, removeFolder, repositoryRoot, temporaryFolder } from "@durable-agents/testkit";
import { execa } from "execa";
import getPort, { portNumbers } from "get-port";

/** The ports that pages name, and the variables that choose others. */
const defaultPorts = { INGRESS_PORT: 8080, ADMIN_PORT: 9070, SERVICE_PORT: 9080, MODEL_PORT: 4010 } as const;

/** What a reader has after `git clone`, in a temporary folder of its own, with ports of its own. */
export class Clone implements AsyncDisposable {
  readonly root: string;
  /** Holds the clone, and what pages put beside it. */
  readonly folder: string;
  readonly #ports: Record<keyof typeof defaultPorts, number>;
  readonly #isKept: boolean;
  #pages = 0;

  private constructor(folder: string, root: string, ports: Record<keyof typeof defaultPorts, number>, isKept: boolean) {
    this.folder = folder;
    this.root = root;
    this.#ports = ports;
    this.#isKept = isKept;
  }

  /**
   * Clones a repository as its working tree is: with what is not committed, and without what git ignores.
   *
   * @param keep whether the folder stays when this process ends
   */
  static async make(repository: string, { keep = false }: { keep?: boolean } = {}): Promise<Clone> {
    const folder = keep ? mkdtempSync(join(tmpdir(), "durable-agents-docs-")) : temporaryFolder("docs");
    const { name = basename(repository) } = readPackage(repository) as { name?: string };
    const root = join(folder, "home", name);
    mkdirSync(root, { recursive: true });
    const git = (cwd: string, ...args: string[]) => execa("git", args, { cwd });
    const { stdout } = await git(repository, "ls-files", "-co", "--exclude-standard", "-z");
    for (const file of new Set(stdout.split("\0"))) {
      // What was removed and not committed is still listed.
      if (file === "" || !lstatSync(join(repository, file), { throwIfNoEntry: false })) continue;
      cpSync(join(repository, file), join(root, file), { verbatimSymlinks: true });
    }
    await git(root, "init", "-q", "-b", "main");
    await git(root, "add", "-A");
    const author = ["-c", "user.name=docs", "-c", "user.email=docs@localhost", "-c", "commit.gpgsign=false"];
    await git(root, ...author, "commit", "-q", "--no-verify", "-m", "The working tree");
    // Without a progress bar, which curl shows where its output is no terminal.
    writeFileSync(join(folder, ".curlrc"), "silent\nshow-error\n");
    return new Clone(folder, root, await freePorts(), keep);
  }

  /** A reader's environment: what this process has, without what would steer a command by accident. */
  get environment(): NodeJS.ProcessEnv {
    const environment = Object.entries(cleanEnvironment(repositoryRoot)).filter(([name]) => !STEERS.test(name));
    const ports = Object.entries(this.#ports).map(([name, port]) => [name, String(port)]);
    return {
      ...Object.fromEntries(environment),
      ...Object.fromEntries(ports),
      PATH: readersPath(),
      CURL_HOME: this.folder,
      NO_COLOR: "1",
      npm_config_update_notifier: "false",
      npm_config_fund: "false",
      npm_config_audit: "false",
    };
  }

  /** An empty folder for what the shell of a page keeps. */
  pageFolder(): string {
    const folder = join(this.folder, `page-${++this.#pages}`);
    mkdirSync(folder);
    return folder;
  }

  /** A text of a page with this run's ports. */
  withOwnPorts(text: string): string {
    return replacePorts(
      text,
      Object.entries(defaultPorts).map(([name, port]) => [port, this.#ports[name as keyof typeof defaultPorts]]),
    );
  }

  /** An output with the ports that pages name. */
  asPrinted(output: string): string {
    return replacePorts(
      output,
      Object.entries(defaultPorts).map(([name, port]) => [this.#ports[name as keyof typeof defaultPorts], port]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isKept) removeFolder(this.folder);
  }
}

/** What tests, npm and CI set for themselves. */
const STEERS =
  /^(npm_(lifecycle|package|command|execpath|node_execpath|config_user_agent|config_local_prefix)|INIT_CWD$|CI$|(NO|FORCE)_COLOR$|NODE_ENV$|TURBO|DOCS_|DATABASE_URL$|(INGRESS|ADMIN|SERVICE|MODEL)_PORT$)/;

/** The PATH without the tools of this repository: a reader has only what the machine has. */
function readersPath(): string {
  const own = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !resolve(folder).startsWith(`${repositoryRoot}/`));
  return own.some((folder) => lstatSync(join(folder, "node"), { throwIfNoEntry: false }))
    ? own.join(delimiter)
    : [dirname(process.execPath), ...own].join(delimiter);
}

async function freePorts(): Promise<Record<keyof typeof defaultPorts, number>> {
  const taken: number[] = [];
  for (const _ of Object.keys(defaultPorts)) {
    // Five digits, and outside of the range from which connections get theirs.
    taken.push(
      await getPort({ port: portNumbers(20_000 + Math.floor(Math.random() * 10_000), 32_000), exclude: taken }),
    );
  }
  const [INGRESS_PORT, ADMIN_PORT, SERVICE_PORT, MODEL_PORT] = taken as [number, number, number, number];
  return { INGRESS_PORT, ADMIN_PORT, SERVICE_PORT, MODEL_PORT };
}

function replacePorts(text: string, pairs: [from: number, to: number][]): string {
  const all = new Map(pairs.map(([from, to]) => [String(from), String(to)]));
  return text.replace(/(?<![\w.])\d{4,5}(?!\w|\.\d)/g, (number) => all.get(number) ?? number);
}
