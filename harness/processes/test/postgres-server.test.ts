import { expect, test } from "vitest";
import { PostgresServer } from "../src/index.ts";

test("PostgreSQL keeps what was committed when it is killed", { timeout: 60_000 }, async () => {
  await using server = await PostgresServer.start();
  await server.query("CREATE TABLE notes (text text)");
  await server.query("INSERT INTO notes VALUES ('kept')");
  await server.kill();
  await expect(server.query("SELECT 1")).rejects.toThrow();
  await server.restart();
  expect(await server.query("SELECT text FROM notes")).toEqual([{ text: "kept" }]);
});

test("two of them do not see each other", { timeout: 60_000 }, async () => {
  await using one = await PostgresServer.start();
  await using other = await PostgresServer.start();
  await one.query("CREATE TABLE notes (text text)");
  await expect(other.query("SELECT text FROM notes")).rejects.toThrow(/notes/);
});

test("its size is that of the values, however they are kept", { timeout: 60_000 }, async () => {
  await using server = await PostgresServer.start();
  expect(await server.size()).toEqual({ entries: 0, bytes: 0 });
  await server.query('CREATE TABLE "Odd name" (id int, "a text" text, bytes bytea, object jsonb, nothing text)');
  const compressible = "to be compressed ".repeat(1000);
  const values = `(1, '${compressible}', decode(repeat('00', 5000), 'hex'), '{"a": 1}', NULL)`;
  await server.query(`INSERT INTO "Odd name" VALUES ${values}, ${values}`);
  expect(await server.size()).toEqual({ entries: 2, bytes: 2 * (4 + 17_000 + 5000 + '{"a": 1}'.length) });
});
