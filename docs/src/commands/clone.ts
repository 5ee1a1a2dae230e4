import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { cleanEnvironment, removeFolder, temporaryFolder } from "@durable-agents/crash-harness";
import { readPackage, repositoryRoot } from "@durable-agents/testkit";
import { execa } from "execa";
import getPort, { portNumbers } from "get-port";

/** What a reader has after `git clone`, in a temporary folder of its own, with ports of its own. */
export interface Clone extends AsyncDisposable {
  /** Where the repository is. */
  root: string;
  /** Holds the clone, and what pages put beside it. */
  folder: string;
  /** A reader's environment: what this process has, without what would steer a command by accident. */
  environment: NodeJS.ProcessEnv;
  /** A text of a page with this clone's ports. */
  withOwnPorts(text: string): string;
  /** An output with the ports that pages name. */
  asPrinted(output: string): string;
}

/** The ports that pages name, and the variables that choose others. */
const defaultPorts = [
  ["8080", "INGRESS_PORT"],
  ["9070", "ADMIN_PORT"],
  ["9080", "SERVICE_PORT"],
  ["4010", "MODEL_PORT"],
  ["9081"],
  ["8765"],
] as const;

/**
 * Clones a repository as its working tree is: with what is not committed, and without what git ignores.
 *
 * @param keep whether the folder stays when this process ends
 */
export async function makeClone(repository: string, keep = false): Promise<Clone> {
  const folder = keep ? mkdtempSync(join(tmpdir(), "durable-agents-docs-")) : temporaryFolder("docs");
  const { name = basename(repository) } = readPackage(repository) as { name?: string };
  const root = join(folder, "home", name);
  mkdirSync(root, { recursive: true });
  const git = (cwd: string, ...args: string[]) => execa("git", args, { cwd });
  const { stdout } = await git(repository, "ls-files", "-co", "--exclude-standard", "-z");
  for (const file of new Set(stdout.split("\0").filter((it) => it !== ""))) {
    // What was removed and not committed is still listed.
    const from = join(repository, file);
    if (existsSync(from)) cpSync(from, join(root, file), { verbatimSymlinks: true });
  }
  await git(root, "init", "-q", "-b", "main");
  await git(root, "add", "-A");
  const author = ["-c", "user.name=docs", "-c", "user.email=docs@localhost", "-c", "commit.gpgsign=false"];
  await git(root, ...author, "commit", "-q", "--no-verify", "-m", "The working tree");
  // Without a progress bar, which curl shows where its output is no terminal.
  writeFileSync(join(folder, ".curlrc"), "silent\nshow-error\n");

  const own = new Map<string, string>();
  for (const [port] of defaultPorts) {
    // Five digits, and outside of the range from which connections get theirs.
    const range = portNumbers(20_000 + Math.floor(Math.random() * 10_000), 32_000);
    own.set(port, String(await getPort({ port: range })));
  }
  const variables = defaultPorts.flatMap(([port, variable]) => (variable ? [[variable, own.get(port)]] : []));
  const named = new Map([...own].map(([port, free]) => [free, port]));
  const inherited = Object.entries(cleanEnvironment(repositoryRoot)).filter(([variable]) => !STEERS.test(variable));
  return {
    root,
    folder,
    environment: {
      ...Object.fromEntries([...inherited, ...variables]),
      PATH: readersPath(),
      CURL_HOME: folder,
      NO_COLOR: "1",
      npm_config_update_notifier: "false",
      npm_config_fund: "false",
      npm_config_audit: "false",
    },
    withOwnPorts: (text) => replaceNumbers(text, own),
    asPrinted: (output) => replaceNumbers(output, named),
    [Symbol.asyncDispose]: async () => {
      if (!keep) removeFolder(folder);
    },
  };
}

/** What tests, npm and CI set for themselves. */
const STEERS =
  /^(npm_(lifecycle|package|command|execpath|node_execpath|config_user_agent|config_local_prefix)|INIT_CWD$|CI$|(NO|FORCE)_COLOR$|NODE_ENV$|DATABASE_URL$)/;

/** The PATH without the tools of this repository: a reader has only what the machine has. */
function readersPath(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const own = folders.filter((folder) => !resolve(folder).startsWith(`${repositoryRoot}/`));
  const hasNode = own.some((folder) => existsSync(join(folder, "node")));
  return [...(hasNode ? [] : [dirname(process.execPath)]), ...own].join(delimiter);
}

const replaceNumbers = (text: string, numbers: Map<string, string>) =>
  text.replace(/(?<![\w.])\d{4,5}(?!\w|\.\d)/g, (number) => numbers.get(number) ?? number);
