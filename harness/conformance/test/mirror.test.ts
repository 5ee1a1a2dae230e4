import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DiscoveredService,
  findImplementations,
  MockModel,
  RestateServer,
  Subject,
} from "@durable-agents/testkit";
import { beforeAll, describe, expect, test } from "vitest";

const [reference, ...others] = findImplementations();
const of = (implementation = reference) => implementation as NonNullable<typeof reference>;
const headings = (folder: string) => readFileSync(join(folder, "README.md"), "utf8").match(/^## .*$/gm);
const linkedFiles = (folder: string) =>
  readFileSync(join(folder, "README.md"), "utf8").match(/\((src|examples)\/[\w-]+\.ts\)/g);

/** What discovery publishes, without what Restate adds by itself. */
const published = (services: DiscoveredService[]) =>
  services
    .map(({ name, ty, handlers }) => ({
      name,
      ty,
      handlers: handlers.map((handler) => ({
        name: handler.name,
        input: handler.input_json_schema,
        output: handler.output_json_schema,
      })),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));

async function discover(folder: string) {
  await using model = await MockModel.start();
  await using server = await RestateServer.start();
  await using subject = await Subject.start({ folder, environment: model.environment });
  return published((await server.register(subject.url)).services);
}

describe.each(others)("$name mirrors the reference", ({ folder }) => {
  let contract: Awaited<ReturnType<typeof discover>>;
  beforeAll(async () => {
    contract = await discover(of().folder);
  }, 60_000);

  test.each(["src", "examples"])("file for file in %s", (part) => {
    expect(readdirSync(join(folder, part)).toSorted()).toEqual(readdirSync(join(of().folder, part)).toSorted());
  });

  test("in its README: the same headings, a line for each pattern", () => {
    expect(headings(folder)).toEqual(headings(of().folder));
    expect(linkedFiles(folder)).toEqual(expect.arrayContaining(linkedFiles(of().folder) ?? []));
  });

  test("in what its process publishes: the same names and schemas", { timeout: 60_000 }, async () => {
    expect(contract.length).toBeGreaterThan(0);
    expect(await discover(folder)).toEqual(contract);
  });
});
