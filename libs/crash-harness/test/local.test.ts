import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import getPort from "get-port";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type LocalOptions, runLocally, temporaryFolder } from "../src/index.ts";

// What is refused before anything starts; harness/commands/test has what runs.

beforeAll(() => void vi.stubEnv("OPENAI_API_KEY", ""));
afterAll(() => void vi.unstubAllEnvs());

const project = { title: "Nothing", folder: "none", dataFolder: "none", agents: [], envFile: "none", requests: [] };

const run = async (options: Partial<LocalOptions>) =>
  runLocally(project, {
    dataFolder: temporaryFolder("local"),
    ingressPort: await getPort(),
    adminPort: await getPort(),
    servicePort: await getPort(),
    modelPort: await getPort(),
    latency: 0,
    ...options,
  });

test.each(["ingress", "admin", "service", "model"])("it says which port is busy: %s", async (name) => {
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  const { port } = busy.address() as { port: number };
  const problem = `Port ${port} is busy. Stop what uses it, or choose another one with --${name}-port ${port + 1}`;
  await expect(run({ [`${name}Port`]: port })).rejects.toThrow(problem);
  busy.close();
});

test("it refuses one port for two things", async () => {
  const port = await getPort();
  await expect(run({ ingressPort: port, adminPort: port })).rejects.toThrow(/given twice/);
});

test("it removes no folder that is not its own", async () => {
  const diary = join(temporaryFolder("diary"), "diary.txt");
  writeFileSync(diary, "Dear diary");
  const problem = "is not empty and was not made by npm run dev";
  await expect(run({ fresh: true, dataFolder: dirname(diary) })).rejects.toThrow(problem);
  expect(readFileSync(diary, "utf8")).toBe("Dear diary");
});
