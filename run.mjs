// Runs a command of this repository with its own Node and tools, and installs them first where they are missing.
// It runs on any Node from 20 on, and imports nothing but Node's own modules.
//
//   node run.mjs path/to/command.ts [arguments]   runs a TypeScript file
//   node run.mjs test                             lints, checks types and runs the quick tests
//   node run.mjs test:all                         runs the tests that take longer, or need the network or a browser

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";

const root = import.meta.dirname;
const modules = join(root, "node_modules");
const stamp = join(modules, ".installed");

/** What decides on the installed packages: when it changes, they are installed again. */
function fingerprint() {
  const packages = ["packages", "libs", "harness", "baselines"].flatMap((room) =>
    readdirSync(join(root, room)).map((name) => join(room, name, "package.json")),
  );
  const files = ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ...packages];
  const hash = createHash("sha256");
  for (const file of files) if (existsSync(join(root, file))) hash.update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const started = Date.now();
  console.error(
    existsSync(stamp)
      ? "Bringing the installation up to date …"
      : "Installing, once: some 420 packages, half a minute on a good line. pnpm says how far it is …",
  );
  const { status, error } = spawnSync("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], {
    cwd: root,
    // What it says of its progress is no output of the command.
    stdio: ["ignore", process.stderr, "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(
      `Installing failed${error ? `: ${error.message}` : ""}. Its reason stands above; without a network, it works only after a first time.`,
    );
    process.exit(1);
  }
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s; from now on no network is needed.\n`);
  writeFileSync(stamp, fingerprint());
}

const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error("Usage: node run.mjs test | test:all | path/to/command.ts [arguments]");
  process.exit(2);
}
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== fingerprint()) install();

const bin = join(modules, ".bin");
const node = join(modules, "node", "bin", "node");
const checks = {
  test: [
    [join(bin, "biome"), ["check", "--error-on-warnings", "."]],
    [join(bin, "tsc"), ["-b", ".", "docs/tsconfig.browser.json"]],
    [join(bin, "vitest"), ["run", "--project", "quick", ...args]],
  ],
  "test:all": [
    // Each starts processes that keep both cores busy.
    [join(bin, "vitest"), ["run", "--project", "slow", "--project", "alone", "--maxWorkers=3", ...args]],
    ...(args.length === 0 ? [[node, ["docs/src/commands/cli.ts"]]] : []),
  ],
}[command];

for (const [file, fileArgs] of checks ?? [[node, [command, ...args]]]) {
  const status = await run(file, fileArgs);
  if (status !== 0) process.exit(status);
}

function run(file, fileArgs) {
  const child = spawn(file, fileArgs, {
    stdio: "inherit",
    // Commands are run from where their user stands, checks from the root.
    ...(checks && { cwd: root }),
    // Programs are started often here; compiled once, they start in two thirds of the time.
    env: {
      NODE_COMPILE_CACHE: join(modules, ".cache", "node"),
      ...process.env,
      PATH: bin + delimiter + process.env.PATH,
    },
  });
  // Ctrl-C reaches the child by itself; a signal to this process alone has to be passed on.
  const passOn = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, passOn);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      console.error(`${file} can't be run: ${error.message}. Remove node_modules and try again.`);
      resolve(1);
    });
    child.once("exit", (code, signal) => {
      for (const each of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(each, passOn);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
