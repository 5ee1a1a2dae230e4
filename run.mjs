// Runs a command of this repository with its own Node and tools, and installs them first where they are missing.
// It runs on any Node from 20 on, and imports nothing but Node's own modules.
//
//   node run.mjs path/to/command.ts [arguments]   runs a TypeScript file
//   node run.mjs verify                           lints, checks types and runs all tests

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
  const hash = createHash("sha256");
  const rooms = ["packages", "libs", "harness"].map((room) => join(root, room)).filter((room) => existsSync(room));
  const manifests = rooms.flatMap((room) => readdirSync(room).map((name) => join(room, name, "package.json")));
  for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ...manifests.filter(existsSync)]) {
    hash.update(readFileSync(file.startsWith(root) ? file : join(root, file)));
  }
  return hash.digest("hex");
}

function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.error("Installing (once; it needs the network) …");
  const { status, error } = spawnSync("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(`Installing failed${error ? `: ${error.message}` : ""}. Check the network and try again.`);
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
