import { resolve } from "node:path";
import { callPath, freshKey, Ingress, ServiceProcess, waitFor } from "@durable-agents/crash-harness";
import { exampleRequest, PostgresServer, startMockModel } from "@durable-agents/testkit";
import { expect, test } from "vitest";

test("nothing is written while nothing happens", async () => {
  await using model = await startMockModel({ strict: true });
  await using database = await PostgresServer.start();
  await using service = await ServiceProcess.start({
    folder: resolve(import.meta.dirname, ".."),
    env: { ...model.env, DATABASE_URL: database.url },
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
  const [position, before] = [(await database.look()).position, await commits()];
  await waitFor("DBOS has looked thirty times", async () => (await commits()) > before + 30, { interval: 500 });
  expect((await database.look()).position).toBe(position);
});
