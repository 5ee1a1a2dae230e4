import { createMarkdownRenderer } from "vitepress";
import { tabsMarkdownPlugin } from "vitepress-plugin-tabs";
import { afterEach, expect, test, vi } from "vitest";
import { documentation } from "../src/markdown.ts";
import { docsRoot } from "../src/repository.ts";
import { sdks } from "../src/sdks.ts";
import { updated } from "../src/update.ts";

const renderer = await createMarkdownRenderer(docsRoot, {
  config: (markdown) => {
    markdown.use(tabsMarkdownPlugin);
    documentation(markdown);
  },
});
const render = (source: string) => renderer.render(source, { relativePath: "guides/page.md" });
const count = (html: string, text: string) => html.split(text).length - 1;

afterEach(() => {
  vi.unstubAllEnvs();
});

test("code of each SDK stands in a tab of its own", () => {
  const html = render(
    updated("page.md", "# A page\n\n<!-- code: packages/*/src/router.ts#route -->\n<!-- /code -->\n"),
  );
  expect(count(html, "<PluginTabs ")).toBe(1);
  expect(count(html, "<PluginTabsTab ")).toBe(sdks.length);
  expect(html).toContain('label="OpenAI\u00a0Agents\u00a0SDK"');
  expect(html).toContain("packages/langgraph/src/router.ts");
  expect(html).not.toMatch(/<details|<summary|#region/);
});

test("commands with their outputs have tabs where they speak of one SDK only", () => {
  const html = render("```sh\nnpm run dev -- vercel-ai\n```\n\n```text\nVercel AI SDK is up.\n```\n\nThen.\n");
  expect(count(html, "<PluginTabs ")).toBe(1);
  for (const { name, title } of sdks) {
    expect(html).toContain(name);
    expect(html).toContain(`${title} is up.`);
  }
  expect(html).toMatch(/<\/PluginTabs>\s*<p>Then.<\/p>/);
  expect(render("```sh\ndiff packages/vercel-ai packages/langgraph\n```\n")).not.toContain("PluginTabs");
  expect(render("```ts\nconst name = 'vercel-ai';\n```\n")).not.toContain("PluginTabs");
});

test("what is told to the runner does not show", () => {
  const html = render('<!-- run: until "is up" -->\n```sh\nnpm start\n```\n\n<!-- stop -->\n');
  expect(html.replace(/<!--[\s\S]*?-->/g, "")).not.toMatch(/until|stop/);
});

test("a diagram's source is there until it is drawn, and runs nothing", () => {
  const html = render("```mermaid\nflowchart LR\n  a --> b{{<script>}}\n```\n");
  expect(html).toContain('<div class="diagram"><pre v-pre>flowchart LR\n  a --&gt; b{{&lt;script&gt;}}\n');
});

test.each([
  ["![a](../public/icon.svg)", 'src="/icon.svg"'],
  ["[its API](../../libs/durable-langchain/src/index.ts)", 'href="/reference/api/langchain.html"'],
  [
    "[the router](../../packages/vercel-ai/src/router.ts)",
    "the router (<code>packages/vercel-ai/src/router.ts</code>)",
  ],
  ["[router.ts](../../packages/vercel-ai/src/router.ts)", "<p><code>packages/vercel-ai/src/router.ts</code></p>"],
])("%s becomes %s", (source, html) => {
  vi.stubEnv("REPOSITORY_URL", "");
  expect(render(source).replaceAll(" v-pre", "")).toContain(html);
});

test.each([
  ["[SPEC.md](../../SPEC.md#clauses)", 'href="https://forge.example/a/b/blob/HEAD/SPEC.md#clauses"'],
  ["[libs](../../libs)", 'href="https://forge.example/a/b/tree/HEAD/libs"'],
])("where the repository is known, %s leads there", (source, html) => {
  vi.stubEnv("REPOSITORY_URL", "https://forge.example/a/b/");
  expect(render(source)).toContain(html);
});

test("a link to a file that is not there fails the build", () => {
  expect(() => render("[a](../nowhere.ts)\n")).toThrow("guides/page.md: ../nowhere.ts is not in the repository");
});
