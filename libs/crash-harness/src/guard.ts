import { rmSync } from "node:fs";
import { createInterface } from "node:readline";

// A program of its own, started by processes.ts: it learns over stdin what lives, and when stdin ends, because the
// process that started it has, it ends that too.

/** A process group or a folder that must not stay, or (`forget`) that is gone. */
export type GuardMessage = ({ group: number } | { folder: string }) & { forget?: boolean };

const groups = new Set<number>();
const folders = new Set<string>();

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as GuardMessage;
  if ("group" in message) groups[message.forget ? "delete" : "add"](message.group);
  else folders[message.forget ? "delete" : "add"](message.folder);
}
for (const group of groups) {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
for (const folder of folders) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  } catch (error) {
    console.error(error);
  }
}
