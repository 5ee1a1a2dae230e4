import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cleanEnvironment, isListening, ManagedProcess, onInterrupt, waitFor } from "@durable-agents/processes";
import { execa } from "execa";
import getPort from "get-port";

/** How long a node that has ended stays away, in milliseconds: long enough to see that nobody needs it. */
const AWAY = 10_000;

const folder = join(import.meta.dirname, "../../../../.restate/cluster");
const commands = createRequire(import.meta.url);
const binary = (name: string) => {
  const launcher = createRequire(commands.resolve(`@restatedev/${name}/package.json`));
  return launcher.resolve(`@restatedev/${name}-${process.platform}-${process.arch}/bin/${name}`);
};
