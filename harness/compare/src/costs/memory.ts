import { readFile } from "node:fs/promises";
import { platform } from "node:os";
import pidusage from "pidusage";
import type { MemorySample } from "../results.ts";
import { type Measured, type RunningSystems, type TurnOptions, takeTurns } from "./turns.ts";

/** Measures the memory of each system's service, and of its store. */
export async function measureMemory(
  systems: RunningSystems,
  when: MemorySample["when"],
  options: TurnOptions = {},
): Promise<Measured<MemorySample>> {
  const measured = await takeTurns("memory", systems, [{ name: when }], options, async ({ name, system }) => {
    const { service, server } = system;
    if (!service) throw new Error("it runs elsewhere, where its processes can't be seen");
    return {
      system: name,
      when,
      service: await memoryOf(await service.pids()),
      server: server ? await memoryOf(await server.pids()) : null,
    };
  });
  pidusage.clear();
  return measured;
}

/**
 * The memory of processes that belong together, in bytes. Of a single process it is what is resident. Several that
 * share memory, as PostgreSQL's do, would count that once for each: on Linux it is their proportional set size (Pss),
 * where a page of N processes counts 1/N in each; elsewhere there is no such number, and what they share is counted
 * in each of them.
 *
 * @throws Error if none of the processes is there
 */
export async function memoryOf(pids: number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(pids.length > 1 && platform() === "linux" ? proportionalSize : residentSize),
  );
  const total = sizes.reduce((sum: number, size) => sum + (size ?? 0), 0);
  if (total === 0) throw new Error(`there is no process ${pids.join(", ") || "to look at"}`);
  return total;
}

/** @returns undefined if the process is gone, as one is that PostgreSQL had started to answer which processes it has */
async function residentSize(pid: number): Promise<number | undefined> {
  return pidusage(pid).then(
    ({ memory }) => memory,
    () => undefined,
  );
}

/** See {@link residentSize}. From https://docs.kernel.org/filesystems/proc.html, smaps_rollup. */
async function proportionalSize(pid: number): Promise<number | undefined> {
  try {
    const [, kibibytes] = (await readFile(`/proc/${pid}/smaps_rollup`, "utf8")).match(/^Pss:\s+(\d+) kB$/m) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
