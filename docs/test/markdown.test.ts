import { createMarkdownRenderer } from "vitepress";
import { afterEach, expect, test, vi } from "vitest";
import { documentation } from "../src/markdown.ts";
import { docsRoot } from "../src/repository.ts";
import { sdks } from "../src/sdks.ts";

const renderer = await createMarkdownRenderer(docsRoot, { config: (markdown) => documentation(markdown, "/docs/") });
const render = (source: string) => renderer.render(source, { relativePath: "guides/page.md" });
const embed = (target: string) => `<!-- code: ${target} -->\n\nold\n\n<!-- /code -->\n`;

afterEach(() => {
  vi.unstubAllEnvs();
});

test("code of each SDK stands in a tab of its own, and is taken from the file", () => {
  const html = render(embed("packages/*/src/router.ts#route"));
  expect(html.match(/role="tab"/g)).toHaveLength(sdks.length);
  expect(html.match(/role="tabpanel"/g)).toHaveLength(sdks.length);
  expect(html.match(/aria-selected="true"/g)).toHaveLength(1);
  for (const { name } of sdks) expect(html).toContain(`id="code-1-${name}" aria-labelledby="tab-1-${name}"`);
  expect(html).toContain("packages/langgraph/src/router.ts");
  expect(html).not.toContain("old");
  expect(html).not.toContain("#region");
});

test("code of one file has no tabs", () => {
  const html = render(embed("packages/shared/src/contracts/router.ts#contract"));
  expect(html).not.toContain('role="tab"');
  expect(html).toContain("packages/shared/src/contracts/router.ts");
});

test("commands and outputs follow the chosen SDK where they speak of one only", () => {
  const follows = render("```sh\nnpm run dev -- vercel-ai\n```\n\n```text\nVercel AI SDK is up.\n```\n");
  expect(follows).toContain("<span data-sdk-name>vercel-ai</span>");
  expect(follows).toContain("<span data-sdk-title>Vercel AI SDK</span>");
  expect(render("```sh\ndiff packages/vercel-ai packages/langgraph\n```\n")).not.toContain("data-sdk-name");
  expect(render("```ts\nconst name = 'vercel-ai';\n```\n")).not.toContain("data-sdk-name");
});

test("what is told to the runner does not show", () => {
  const html = render('<!-- run: until "is up" -->\n```sh\nnpm start\n```\n\n<!-- stop -->\n');
  expect(html.replace(/<!--[\s\S]*?-->/g, "")).not.toMatch(/until|stop/);
});

test("a diagram's source is there until it is drawn, and runs nothing", () => {
  const html = render("```mermaid\nflowchart LR\n  a --> b{{<script>}}\n```\n");
  expect(html).toContain('<div class="diagram"><pre v-pre>flowchart LR\n');
  expect(html).not.toMatch(/<script>|\{\{/);
});

test.each([
  ["[the charts](../../results/comparison.html)", 'href="/docs/comparison.html" target="_self"'],
  ["![a](../public/icon.svg)", 'src="/icon.svg"'],
  [
    "[the router](../../packages/vercel-ai/src/router.ts)",
    "the router (<code>packages/vercel-ai/src/router.ts</code>)",
  ],
  ["[router.ts](../../packages/vercel-ai/src/router.ts)", "<p><code>packages/vercel-ai/src/router.ts</code></p>"],
  ["[SPEC.md](../../SPEC.md)", "<p><code>SPEC.md</code></p>"],
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
