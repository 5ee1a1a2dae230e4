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
