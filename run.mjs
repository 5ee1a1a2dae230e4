// Runs a command of this repository with its own Node and tools, and installs them first where they are missing.
// It runs on any Node from 20 on, and imports nothing but Node's own modules.
//
//   node run.mjs path/to/command.ts [arguments]   runs a TypeScript file
//   node run.mjs verify                           lints, checks types and runs all tests

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";

const root = import.meta.dirname;
const modules = join(root, "node_modules");
const stamp = join(modules, ".installed");

/** What decides on the installed packages and on the libraries that are built: when it changes, both are done again. */
function fingerprint() {
  const folders = ["packages", "libs", "harness", "controls"].flatMap((room) =>
    readdirSync(join(root, room)).map((name) => join(root, room, name)),
  );
  folders.push(join(root, "create-durable-agent"), join(root, "docs"));
  const sources = folders
    .map((folder) => join(folder, "src"))
    .filter((folder) => folder.startsWith(join(root, "libs")) && existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)));
  const files = [
    ...["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml"].map((file) => join(root, file)),
    ...folders.map((folder) => join(folder, "package.json")),
    ...sources,
  ];
  const hash = createHash("sha256");
  for (const file of files) if (existsSync(file) && statSync(file).isFile()) hash.update(readFileSync(file));
  return hash.digest("hex");
}

function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.error(
    existsSync(stamp) ? "Bringing the installation up to date …" : "Installing (once; it needs the network) …",
  );
  for (const step of [
    ["install", "--frozen-lockfile"],
    ["--filter", "./libs/*", "run", "build"],
  ]) {
    const { status, error } = spawnSync("npx", ["--yes", packageManager, ...step], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    });
    if (status === 0) continue;
    console.error(
      `Installing failed${error ? `: ${error.message}` : ""}. Its reason stands above; without a network, it works only after a first time.`,
    );
    process.exit(1);
  }
  writeFileSync(stamp, fingerprint());
}

const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error("Usage: node run.mjs verify | path/to/command.ts [arguments]");
  process.exit(2);
}
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== fingerprint()) install();

const bin = join(modules, ".bin");
const node = join(modules, "node", "bin", "node");
const [file, fileArgs] =
  command === "verify"
    ? [join(bin, "turbo"), ["run", "lint", "typecheck", "test", ...args]]
    : [node, [command, ...args]];
const child = spawn(file, fileArgs, {
  stdio: "inherit",
  env: { ...process.env, PATH: bin + delimiter + process.env.PATH, TURBO_TELEMETRY_DISABLED: "1" },
});
// Ctrl-C reaches the child by itself; a signal to this process alone has to be passed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.once("error", (error) => {
  console.error(`${file} can't be run: ${error.message}. Remove node_modules and try again.`);
  process.exit(1);
});
child.once("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
