import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isListening, ManagedProcess, temporaryFolder, waitFor } from "../src/processes.ts";
import { ServiceProcess } from "../src/service-process.ts";

/** A program that starts a child and a temporary folder by way of processes.ts, says what they are, and goes on. */
const program = `
  const { ManagedProcess, temporaryFolder } = await import(${JSON.stringify(join(import.meta.dirname, "../src/processes.ts"))});
  const child = new ManagedProcess({ name: "sleeper", command: "sleep", args: ["600"] });
  console.log(JSON.stringify({ pid: child.pid, folder: temporaryFolder("test") }));
  if (process.argv[1] === "throw") throw new Error("on purpose");
  setInterval(() => {}, 1000);
`;

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function startProgram(...args: string[]) {
  const program_ = spawn(process.execPath, ["--input-type=module", "-e", program, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => program_.once("exit", resolve));
  const line = await new Promise<string>((resolve) => program_.stdout.once("data", (data) => resolve(String(data))));
  return { program: program_, ended, ...(JSON.parse(line) as { pid: number; folder: string }) };
}

describe("what is started is gone when the process ends", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const)("by %s", async (signal) => {
    const { program, ended, pid, folder } = await startProgram();
    expect([isAlive(pid), existsSync(folder)]).toEqual([true, true]);
    program.kill(signal);
    await ended;
    await waitFor("the child is gone", () => !isAlive(pid));
    await waitFor("the folder is gone", () => !existsSync(folder));
  });

  test("by an error that is not caught", async () => {
    const { ended, pid, folder } = await startProgram("throw");
    expect(await ended).toBe(1);
    await waitFor("the child is gone", () => !isAlive(pid));
    await waitFor("the folder is gone", () => !existsSync(folder));
  });
});

test("a process that ends before it is ready says why", async () => {
  const child = new ManagedProcess({ name: "it", command: "sh", args: ["-c", "echo out of coffee; exit 3"] });
  await expect(child.ready(async () => false)).rejects.toThrow(/it ended before it was ready.*out of coffee/s);
  await child.kill();
});

test("a command that does not exist is an error, not a hang", async () => {
  const child = new ManagedProcess({ name: "it", command: "no-such-command" });
  await expect(child.ready(async () => false)).rejects.toThrow(/no-such-command/);
});

test("waiting in vain says what for", async () => {
  await expect(waitFor("pigs fly", () => false, { timeout: 30 })).rejects.toThrow("until pigs fly");
});

describe("ServiceProcess", () => {
  const server = `import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
writeFileSync("pid", String(process.pid));
createServer().listen(process.env.PORT, "127.0.0.1");
`;

  // A shell around it would be gone first, and the service would go on answering for a moment after it was "killed".
  test.each([
    ["one command", "node server.mjs", true],
    ["an exec of its own", "exec node server.mjs", true],
    ["a variable", "GREETING=hello exec node server.mjs", true],
    ["several commands", "true && node server.mjs", false],
  ])("runs a script that is %s, and is the service itself where it can be", async (_, serve, itself) => {
    const folder = temporaryFolder("service");
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { serve } }));
    writeFileSync(join(folder, "server.mjs"), server);
    await using service = await ServiceProcess.start({ folder });
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    if (itself) expect(service.pid).toBe(pid);
    await service.kill();
    await waitFor("the service is gone", async () => !(await isListening(Number(new URL(service.url).port))));
  });
});
