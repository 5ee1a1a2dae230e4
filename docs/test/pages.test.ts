import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { contracts } from "@durable-agents/shared/contracts/index";
import { exampleRequests, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";
import { unexecuted } from "../src/commands/unexecuted.ts";
import { contents, pageFiles } from "../src/contents.ts";
import { brokenLinks } from "../src/links.ts";
import { blocksOf, readPage } from "../src/page.ts";
import { docsRoot } from "../src/repository.ts";
import { stalePages, updated } from "../src/update.ts";

const sourceOf = (page: string) => readFileSync(join(docsRoot, page), "utf8");

test("every page is what npm run docs:update makes of it", () => {
  expect([...stalePages().keys()]).toEqual([]);
});

test("no link of any page leads nowhere", () => {
  expect(brokenLinks(new Map(pageFiles().map((page) => [page, sourceOf(page)])))).toEqual([]);
});

test("every command of every page is one that is run", () => {
  expect(pageFiles().flatMap((page) => unexecuted(readPage(join(docsRoot, page))))).toEqual([]);
});

test("the page of each part links to all of its pages", () => {
  for (const { pages } of contents()) {
    const [own = "", ...others] = pages.filter((page) => pageFiles().includes(page));
    const linked = blocksOf(readPage(join(docsRoot, own)), "link").map(({ target }) => join(own, "..", target));
    expect(others.filter((page) => !linked.includes(page))).toEqual([]);
  }
});

test("the reference has a curl for every handler and every example request", () => {
  const scripts = blocksOf(readPage(join(docsRoot, "reference/contracts.md")), "commands").map(({ script }) => script);
  const calls = contracts.flatMap(({ name, _handlers }) => Object.keys(_handlers).map((handler) => [name, handler]));
  for (const [name = "", handler = ""] of calls)
    expect(scripts).toContainEqual(expect.stringMatching(new RegExp(`/call/${name}/(\\w+/)?${handler} `)));
  for (const { body } of exampleRequests)
    expect(scripts).toContainEqual(expect.stringContaining(`'${JSON.stringify(body)}'`));
});

test("the reference has every environment variable that the code reads", () => {
  const files = globSync(["{packages,libs,harness,baselines}/*/src/**/*.ts", "docs/{src,.vitepress}/**/*.ts"], {
    cwd: repositoryRoot,
    exclude: (name) => name === "node_modules",
  });
  const read = files.flatMap((file) => {
    const source = readFileSync(join(repositoryRoot, file), "utf8");
    const uses = source.match(/process\.env\.[A-Z_]+|(?<=const \{)[^}]*(?=\} = process\.env)/g) ?? [];
    return uses.flatMap((use) => use.match(/\b[A-Z][A-Z_]+/g) ?? []);
  });
  expect(read).toContain("OPENAI_API_KEY");
  const described = sourceOf("reference/cli.md");
  expect([...new Set(read)].filter((name) => name !== "PATH" && !described.includes(`| \`${name}\` |`))).toEqual([]);
});

describe("a link to", () => {
  test.each([
    ["b.md", undefined],
    ["b.md#here", undefined],
    ["#one", undefined],
    ["https://restate.dev", undefined],
    ["../packages/vercel-ai/src/router.ts#L7", undefined],
    ["c.md", "there is no docs/c.md"],
    ["b.md#there", "docs/b.md has no heading #there"],
    ["#two", "docs/a.md has no heading #two"],
    ["../README.md#nowhere", "README.md has no heading #nowhere"],
    ["../../elsewhere", "it leads out of the repository"],
    ["/b", "it is neither relative nor https"],
    ["tutorial/", "a link to a page ends in .md"],
  ])("%s", (target, why) => {
    const pages = new Map([
      ["a.md", `# One\n\n[it](<${target}>)\n`],
      ["b.md", "# Here\n"],
    ]);
    expect(brokenLinks(pages)).toEqual(why ? [`a.md:3: ${target}: ${why}`] : []);
  });
});

test.each([
  [
    "code: packages/*/src/router.ts#rout",
    "page.md:3: packages/vercel-ai/src/router.ts can't be shown: there has to be",
  ],
  ["code: packages/vercel-ai/src/routes.ts", "page.md:3: packages/vercel-ai/src/routes.ts can't be shown: ENOENT"],
])("a page with %j can't be updated", (comment, message) => {
  const source = `# A page\n\n<!-- ${comment} -->\n<!-- /${comment.split(":")[0]} -->\n`;
  expect(() => updated("page.md", source)).toThrow(message);
});
