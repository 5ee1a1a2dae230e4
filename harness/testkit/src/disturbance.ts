import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";

/** Above how many times the processor time that it needs, a piece of work says that the machine is busy with others'. */
const LIMIT = 1.5;

const PIECES = 7;
const block = Buffer.alloc(1024 * 1024);

/**
 * Looks whether this machine is free: a piece of work that gets a core to itself takes as long as its processor time. To be
 * asked when nothing of ours is at work.
 *
 * @returns undefined if it is; else a sentence that says how busy it is
 */
export function machineIsBusy(): string | undefined {
  const ratios = Array.from({ length: PIECES }, ratioOfOnePiece).sort((a, b) => a - b);
  const median = ratios[Math.floor(PIECES / 2)] as number;
  if (median < LIMIT) return undefined;
  return `This machine was busy: work took ${median.toFixed(1)} times the processor time that it needs.`;
}

function ratioOfOnePiece(): number {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const hash = createHash("sha256");
  for (let mebibytes = 0; mebibytes < 24; mebibytes++) hash.update(block);
  hash.digest();
  const { user, system } = process.cpuUsage(before);
  return ((performance.now() - started) * 1000) / Math.max(1, user + system);
}
