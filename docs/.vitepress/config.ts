import { slug } from "github-slugger";
import { defineConfig } from "vitepress";
import { tabsMarkdownPlugin } from "vitepress-plugin-tabs";
import { contents, titleOf } from "../src/contents.ts";
import { documentation } from "../src/markdown.ts";
import { sdks } from "../src/sdks.ts";

/** Where the site is: DOCS_BASE, such as `/docs/`, or the root of its host. */
const base = process.env.DOCS_BASE ?? "/";
const link = (page: string) => `/${page.replace(/(index)?\.md$/, "")}`;
const parts = contents().map(({ title, pages: [first = "", ...pages] }) => ({ text: title, link: link(first), pages }));
const results = { text: "Results", link: "/results" };

export default defineConfig({
  base,
  lang: "en-GB",
  title: "Durable agents",
  titleTemplate: ":title · Durable agents",
  description:
    "The same agent patterns, built with each agent SDK as Restate services, and what happens when one is killed.",
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }]],
  lastUpdated: false,
  // What runs on the reader's machine does not while this is built.
  ignoreDeadLinks: [/^https?:\/\/localhost/],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: (text) => slug(text) },
    config: (markdown) => {
      markdown.use(tabsMarkdownPlugin);
      documentation(markdown);
    },
  },
  themeConfig: {
    nav: [...parts.map(({ pages: _, ...part }) => ({ ...part, activeMatch: `^${part.link}` })), results],
    sidebar: [
      ...parts.map(({ pages, ...part }) => ({
        ...part,
        items: pages.map((page) => ({ text: titleOf(page), link: link(page) })),
      })),
      results,
    ],
    outline: { level: [2, 3] },
    search: { provider: "local" },
  },
  vite: {
    // tsconfig.json names a newer ECMAScript than this esbuild knows.
    esbuild: { tsconfigRaw: "{}" },
    define: { __SDKS__: JSON.stringify(sdks) },
    build: { chunkSizeWarningLimit: 4000 },
    // What it imports is for the site's own build: styles, and the same Vue.
    ssr: { noExternal: ["vitepress-plugin-tabs"] },
  },
});
