import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawGraphs } from "../graphs.ts";

test("the README shows the graphs as they are compiled", async () => {
  const readme = readFileSync(`${import.meta.dirname}/../README.md`, "utf8");
  expect(readme).toContain(await drawGraphs());
});
