import { resolve } from "node:path";
import {
  callPath,
  exampleRequest,
  freshKey,
  Ingress,
  MockModel,
  PostgresServer,
  Subject,
  waitFor,
} from "@durable-agents/testkit";
import { expect, test } from "vitest";

test("nothing is written while nothing happens", { timeout: 60_000 }, async () => {
  await using model = await MockModel.start({ strict: true });
  await using database = await PostgresServer.start();
  await using service = await Subject.start({
    folder: resolve(import.meta.dirname, ".."),
    environment: { ...model.environment, DATABASE_URL: database.url },
  });
  const request = exampleRequest("session-medical");
  const reply = await new Ingress(service.url).call(callPath(request, freshKey("session")), request.body);
  expect(reply.status).toBe(200);

  const commits = async () => {
    const [row] = await database.query<{ count: string }>(
      "SELECT xact_commit::text AS count FROM pg_stat_database WHERE datname = 'postgres'",
    );
    return Number(row?.count);
  };
  const [position, before] = [await database.position(), await commits()];
  await waitFor("DBOS has looked thirty times", async () => (await commits()) > before + 30, { interval: 500 });
  expect(await database.position()).toBe(position);
});
