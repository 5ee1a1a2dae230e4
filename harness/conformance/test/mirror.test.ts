import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findImplementations } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";

// That they publish the same services is clause C1, for each of them.
const [reference, ...others] = findImplementations();
const { folder: of } = reference as NonNullable<typeof reference>;
const headings = (folder: string) => readFileSync(join(folder, "README.md"), "utf8").match(/^## .*$/gm);
const linkedFiles = (folder: string) =>
  readFileSync(join(folder, "README.md"), "utf8").match(/\((src|examples)\/[\w-]+\.ts\)/g);

describe.each(others)("$name mirrors the reference", ({ folder }) => {
  test.each(["src", "examples"])("file for file in %s", (part) => {
    expect(readdirSync(join(folder, part)).toSorted()).toEqual(readdirSync(join(of, part)).toSorted());
  });

  test("in its README: the same headings, a line for each pattern", () => {
    expect(headings(folder)).toEqual(headings(of));
    expect(linkedFiles(folder)).toEqual(expect.arrayContaining(linkedFiles(of) ?? []));
  });
});
