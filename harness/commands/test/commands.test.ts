import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "@durable-agents/compare";
import { Ingress, isListening, ManagedProcess, temporaryFolder, waitFor } from "@durable-agents/crash-harness";
import { execa } from "execa";
import getPort from "get-port";
import { describe, expect, test } from "vitest";

const command = (name: string) => join(import.meta.dirname, `../src/${name}.ts`);
const run = (name: string, args: string[]) => execa(process.execPath, [command(name), ...args], { reject: false });

describe.concurrent("npm start", () => {
  test("shows what was lost and repeated, on the user's own topic", async () => {
    const topic = "Why cats purr";
    const output = join(temporaryFolder("start"), "samples.json");
    const { stdout, exitCode } = await run("start", ["--only", "restate-only", "--topic", topic, "--output", output]);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/Restate alone +by itself +0 of 34 +0 of \d+/);
    expect(stdout).toContain(`# ${topic}\n`);
    for (const line of stdout.split("\n").filter((line) => /[─›]|\d\/\d/.test(line)))
      expect(line.length).toBeLessThanOrEqual(80);

    const { environment, crashes }: Results = JSON.parse(readFileSync(output, "utf8"));
    expect(environment).toMatchObject({
      mode: "quick",
      node: process.version,
      command: expect.stringMatching(/^npm start/),
    });
    expect(crashes).toHaveLength(34);
    for (const sample of crashes) {
      // The crash happened: calls were cut off by it, and were repeated.
      expect(sample.inFlight).toBeGreaterThan(0);
      expect(sample.repeated).toEqual({ completed: 0, notYetPersisted: 0, inFlight: sample.inFlight });
      expect(sample).toMatchObject({ recoveredBy: "itself", sameAnswer: true, status: 200 });
    }
    expect(readFileSync(output.replace(".json", ".html"), "utf8")).toMatch(/^<!doctype html>/i);
  });

  test.each([
    ["a topic that is too long", ["--topic", "x".repeat(5_000)], /topic.*4000/s],
    ["an unknown implementation", ["--only", "vercel"], /"vercel".*restate-only.*dbos/],
  ])("refuses %s", async (_, args, message) => {
    const { stderr, exitCode } = await run("start", args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });
});

describe.concurrent("npm run dev", () => {
  const freePorts = async () => ({
    ingress: await getPort(),
    admin: await getPort(),
    service: await getPort(),
    model: await getPort(),
  });
  const portArgs = (ports: Awaited<ReturnType<typeof freePorts>>) =>
    Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);

  const dataFolder = temporaryFolder("dev");

  async function startDev(args: string[]) {
    const dev = new ManagedProcess({
      name: "npm run dev",
      command: process.execPath,
      args: [command("dev"), "restate-only", "--data-folder", dataFolder, "--latency", "20", ...args],
      env: { ...process.env, OPENAI_API_KEY: "" },
    });
    await dev.ready(async () => dev.output.includes("Crash it"));
    return dev;
  }

  const post = async (port: number, path: string, body: object) =>
    (await new Ingress(`http://127.0.0.1:${port}`).call(path, body)).body;
  const claim = { date: "2024-10-01", category: "car", reason: "bumper", amount: 900, placeOfService: "Garage" };

  test("serves, starts a killed service again, keeps the journal, and leaves nothing behind", async () => {
    const ports = await freePorts();
    const session = `session-${ports.ingress}`;
    const first = await startDev(["--fresh", ...portArgs(ports)]);
    expect(first.output).toContain(`curl localhost:${ports.ingress}/restate/call/ResearchReport/generate --json`);
    expect(first.output).toMatch(/Model: the mock model/);
    expect((await fetch(`http://127.0.0.1:${ports.admin}/ui/`)).status).toBe(200);
    expect(await post(ports.ingress, `MultiAgentClaimSession/${session}/run`, claim)).toContain(
      "claim 1 of this session",
    );

    // The client may have its answer a moment before the model knows that it was taken.
    await waitFor("both calls are counted", () =>
      first.output.includes("model call 2  Car claim specialist  answered\n"),
    );
    expect(first.output).toContain("model call 1  Claim intake  asked\nmodel call 1  Claim intake  answered\n");
    const calls = `http://127.0.0.1:${ports.model}/calls`;
    const counts = { failed: 0, abandoned: 0, repeatedAfterAnswer: 0 };
    expect(await (await fetch(calls)).json()).toEqual({ made: 2, answered: 2, ...counts });
    expect(await (await fetch(calls, { method: "DELETE" })).json()).toEqual({ made: 0, answered: 0, ...counts });

    const pid = () => readFileSync(join(dataFolder, "service.pid"), "utf8").trim();
    const killed = pid();
    expect(first.output).toContain(`kill -9 ${killed} `);
    process.kill(-Number(killed), "SIGKILL");
    await waitFor("the service is back", () => first.output.includes("The service is back"));
    expect(pid()).not.toBe(killed);
    expect(await post(ports.ingress, `MultiAgentClaimSession/${session}/run`, claim)).toContain(
      "claim 2 of this session",
    );

    first.signal("SIGINT");
    expect(await first.exited).toMatchObject({ code: 0 });
    for (const port of Object.values(ports)) expect(await isListening(port)).toBe(false);

    const second = await startDev(portArgs(ports));
    expect(await post(ports.ingress, `MultiAgentClaimSession/${session}/run`, claim)).toContain(
      "claim 3 of this session",
    );
    second.signal("SIGTERM");
    expect(await second.exited).toMatchObject({ code: 0 });

    const third = await startDev(["--fresh", ...portArgs(ports)]);
    expect(await post(ports.ingress, `MultiAgentClaimSession/${session}/run`, claim)).toContain(
      "claim 1 of this session",
    );
    third.signal("SIGINT");
    expect(await third.exited).toMatchObject({ code: 0 });
    for (const port of Object.values(ports)) expect(await isListening(port)).toBe(false);
  });

  test("serves an example instead", async () => {
    const ports = await freePorts();
    const args = ["--example", "approval", "--data-folder", temporaryFolder("dev-example"), ...portArgs(ports)];
    const dev = await startDev(args);
    expect(dev.output).toContain(`curl localhost:${ports.ingress}/restate/send/ClaimReview/claim-1/run --json`);
    expect(await post(ports.ingress, "ClaimReview/claim-2/run", claim)).toBe("Approved: $900 for bumper.");
    dev.signal("SIGINT");
    expect(await dev.exited).toMatchObject({ code: 0 });

    const { stderr, exitCode } = await run("dev", ["restate-only", "--example", "routing"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/routing.*approval/);
  });

  test("takes ports from the environment, and refuses what is none", async () => {
    const env = { INGRESS_PORT: "8o8o" };
    const { stderr, exitCode } = await execa(process.execPath, [command("dev"), "restate-only"], {
      env,
      reject: false,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/8o8o.*INGRESS_PORT.*1 to 65535/s);
  });
});
