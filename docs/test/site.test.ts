import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@durable-agents/testkit";
import { build } from "vitepress";
import { beforeAll, expect, test } from "vitest";
import { brokenSiteLinks } from "../src/links.ts";
import { docsRoot } from "../src/repository.ts";
import { stalePages } from "../src/update.ts";

// Vue would warn of what only matters to those who work on it.
beforeAll(() => {
  process.env.NODE_ENV = "production";
});

test("every page is what npm run docs:update makes of it", { timeout: 180_000 }, async () => {
  expect([...(await stalePages()).keys()]).toEqual([]);
});

test("the site builds, and no link on it leads nowhere", { timeout: 120_000 }, async () => {
  const outDir = join(temporaryFolder("site"), "dist");
  await build(docsRoot, { outDir });
  expect(brokenSiteLinks(outDir)).toEqual([]);
});

test.each([
  [
    "<!-- code: packages/*/src/router.ts#rout -->\n<!-- /code -->\n",
    "page.md:3: packages/vercel-ai/src/router.ts#rout can't be shown: there is no region rout; there is route",
  ],
  [
    "<!-- code: packages/*/src/routes.ts#route -->\n<!-- /code -->\n",
    "page.md:3: packages/vercel-ai/src/routes.ts#route can't be shown: there is no such file",
  ],
  ["[a](../nowhere.ts)\n", "page.md: ../nowhere.ts is not in the repository"],
])("a page with %j fails the build", { timeout: 60_000 }, async (text, message) => {
  const folder = temporaryFolder("page");
  mkdirSync(join(folder, ".vitepress"));
  // The site's own configuration, with a page of the test's.
  const config = join(docsRoot, ".vitepress/config.ts");
  writeFileSync(join(folder, ".vitepress/config.mjs"), `export { default } from ${JSON.stringify(config)};\n`);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(folder, "page.md"), `# A page\n\n${text}`);
  await expect(build(folder)).rejects.toThrow(message);
});
