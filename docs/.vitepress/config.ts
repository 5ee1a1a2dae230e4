import { slug } from "github-slugger";
import { defineConfig } from "vitepress";
import { carriedFiles } from "../src/carried-files.ts";
import { contents, titleOf } from "../src/contents.ts";
import { documentation, sdkHead } from "../src/markdown.ts";
import { carried } from "../src/repository.ts";
import { sdks } from "../src/sdks.ts";

/** Where the site is: DOCS_BASE, such as `/docs/`, or the root of its host. */
const base = process.env.DOCS_BASE ?? "/";
const link = (page: string) => `/${page.replace(/(index)?\.md$/, "")}`;

export default defineConfig({
  base,
  lang: "en-GB",
  title: "Durable agents",
  titleTemplate: ":title · Durable agents",
  description:
    "The same agent patterns, built with each agent SDK as Restate services, and what happens when one is killed.",
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }], ...sdkHead],
  lastUpdated: false,
  // Files of the comparison are there, but are not pages; what runs on the reader's machine is not, while this is built.
  ignoreDeadLinks: [
    /^https?:\/\/localhost/,
    ...Object.values(carried).map((path) => new RegExp(`^${base}${path.replace(/\.html$/, "")}`)),
  ],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: (text) => slug(text) },
    config: (markdown) => documentation(markdown, base),
  },
  themeConfig: {
    nav: [
      ...contents().map(({ title, pages: [first = ""] }) => ({
        text: title,
        link: link(first),
        activeMatch: `^${link(first)}`,
      })),
      { text: "Results", link: "/results" },
    ],
    sidebar: [
      ...contents().map(({ title, pages: [first = "", ...others] }) => ({
        text: title,
        link: link(first),
        items: others.map((page) => ({ text: titleOf(page), link: link(page) })),
      })),
      { text: "Results", link: "/results" },
    ],
    outline: { level: [2, 3] },
    search: { provider: "local" },
  },
  vite: {
    // tsconfig.json names a newer ECMAScript than this esbuild knows.
    esbuild: { tsconfigRaw: "{}" },
    define: { __SDKS__: JSON.stringify(sdks) },
    build: { chunkSizeWarningLimit: 4000 },
    plugins: [carriedFiles(base)],
  },
});
