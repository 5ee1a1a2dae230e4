import { expect, test } from "vitest";
import { brokenLinks } from "../src/links.ts";

test("no link of any page leads nowhere", () => {
  expect(brokenLinks()).toEqual([]);
});

test.each([
  ["b.md", undefined],
  ["b.md#here", undefined],
  ["#one", undefined],
  ["https://restate.dev", undefined],
  ["../package.json", undefined],
  ["../packages/vercel-ai/src/router.ts#L7", undefined],
  ["../README.md#compare", undefined],
  ["c.md", "there is no docs/c.md"],
  ["b.md#there", "docs/b.md has no heading #there"],
  ["#two", "docs/a.md has no heading #two"],
  ["../README.md#nowhere", "README.md has no heading #nowhere"],
  ["../../elsewhere", "../../elsewhere leads out of the repository"],
  ["/b", "it is not relative, so a forge does not find it"],
  ["tutorial/", "a link to a page ends in .md"],
])("a link to %s", (target, why) => {
  const pages = new Map([
    ["a.md", `# One\n\n[it](<${target}>)\n`],
    ["b.md", "# Here\n"],
  ]);
  expect(brokenLinks(pages)).toEqual(why ? [{ page: "a.md", line: 3, target, why }] : []);
});
