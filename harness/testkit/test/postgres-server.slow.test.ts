import { spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, waitFor } from "@durable-agents/crash-harness";
import { execa } from "execa";
import { expect, test, vi } from "vitest";
import { PostgresServer } from "../src/index.ts";

test("PostgreSQL keeps what was committed when it is killed", async () => {
  await using server = await PostgresServer.start();
  await server.query("CREATE TABLE notes (text text)");
  await server.query("INSERT INTO notes VALUES ('kept')");
  await server.kill();
  await expect(server.query("SELECT 1")).rejects.toThrow();
  await server.restart();
  expect(await server.query("SELECT text FROM notes")).toEqual([{ text: "kept" }]);
});

test("settings for another database do not matter", async () => {
  vi.stubEnv("PGSSLMODE", "require").stubEnv("PGOPTIONS", "-c default_transaction_read_only=on");
  try {
    await using server = await PostgresServer.start();
    await server.query("CREATE TABLE notes (text text)");
  } finally {
    vi.unstubAllEnvs();
  }
});

test("nothing stays of one whose starter is killed while it is made", async () => {
  const folder = temporaryFolder("killed");
  chmodSync(folder, 0o755);
  const module = JSON.stringify(join(import.meta.dirname, "../src/index.ts"));
  const program = `const { PostgresServer } = await import(${module}); await PostgresServer.start();`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, TMPDIR: folder },
    stdio: "ignore",
  });
  const left = () => readdirSync(folder).map((name) => join(folder, name));
  await waitFor("it writes", () => left().some((made) => existsSync(join(made, "data/base"))));
  const working = async () => (await execa("pgrep", ["-f", folder], { reject: false })).exitCode === 0;
  // Stopped, it can't find out by itself that its folder is gone.
  expect((await execa("pkill", ["-STOP", "-f", folder], { reject: false })).exitCode).toBe(0);
  try {
    starter.kill("SIGKILL");
    await waitFor("all processes are gone", async () => !(await working()));
    await waitFor("the folder is empty", () => left().length === 0);
  } finally {
    await execa("pkill", ["-KILL", "-f", folder], { reject: false });
  }
});

test("two of them do not see each other", async () => {
  await using one = await PostgresServer.start();
  await using other = await PostgresServer.start();
  await one.query("CREATE TABLE notes (text text)");
  await expect(other.query("SELECT text FROM notes")).rejects.toThrow(/notes/);
});

test("its size is that of the values, however they are kept", async () => {
  await using server = await PostgresServer.start();
  expect(await server.size()).toEqual({ entries: 0, bytes: 0 });
  await server.query('CREATE TABLE "Odd name" (id int, "a text" text, bytes bytea, object jsonb, nothing text)');
  const compressible = "to be compressed ".repeat(1000);
  const values = `(1, '${compressible}', decode(repeat('00', 5000), 'hex'), '{"a": 1}', NULL)`;
  await server.query(`INSERT INTO "Odd name" VALUES ${values}, ${values}`);
  expect(await server.size()).toEqual({ entries: 2, bytes: 2 * (4 + 17_000 + 5000 + '{"a": 1}'.length) });
});

test("it starts again although a process of the one before is still busy", async () => {
  await using server = await PostgresServer.start();
  // It does not look up while it counts, so it does not notice that the server is gone.
  const busy = server.query("SELECT count(*) FROM generate_series(1, 5000000)").catch(() => undefined);
  const counting =
    "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 5000000)'";
  await waitFor("it counts", async () => (await server.query(counting)).length > 0);
  await server.kill();
  await server.restart();
  expect(await server.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await busy;
});
