import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { installedVersion, repositoryRoot } from "./repository.ts";

/** What a number was measured on; stands beside it in every results file. */
export interface MeasuredOn {
  date: string;
  command: string;
  system: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  /** Load average of the last minute, before the run. */
  load: number;
  node: string;
  restateServer: string;
  restateSdk: string;
}

/**
 * Describes this machine and the versions in use.
 *
 * @param command what was run, such as `npm start`; the process's own arguments are added
 */
export function measuredOn(command: string): MeasuredOn {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    command: `${command} -- ${process.argv.slice(2).join(" ")}`.replace(/ -- $/, ""),
    system: `${type()} ${release()}`,
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    node: process.version,
    restateServer: installedVersion(join(repositoryRoot, "libs/crash-harness"), "@restatedev/restate-server"),
    restateSdk: installedVersion(join(repositoryRoot, "packages/shared"), "@restatedev/restate-sdk"),
  };
}
