import { join } from "node:path";
import { cleanEnvironment, ManagedProcess } from "@durable-agents/testkit";
import { findBrowser, howToGetBrowser, startBrowser } from "@durable-agents/testkit/browser";
import axe from "axe-core";
import getPort from "get-port";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "../src/code.ts";
import { pageFiles } from "../src/contents.ts";
import { type CodeEmbed, readPage } from "../src/page.ts";
import { docsRoot } from "../src/repository.ts";
import { sdks } from "../src/sdks.ts";

const browser = findBrowser();
if (!browser) console.warn(`The site is not looked at in a browser. ${howToGetBrowser}`);

const pages = pageFiles();
const embedsOf = (page: string) =>
  readPage(join(docsRoot, page)).blocks.filter(
    (block): block is CodeEmbed => block.kind === "code" && block.path.includes("*"),
  );
const withTabs = pages.filter((page) => embedsOf(page).length > 0);
const [, second] = sdks;
const last = sdks.at(-1);

describe.skipIf(!browser)("in a browser", { timeout: 120_000 }, () => {
  const started = new AsyncDisposableStack();
  let context: BrowserContext;
  let site: string;

  beforeAll(async () => {
    const port = await getPort();
    site = `http://localhost:${port}`;
    const server = started.use(
      new ManagedProcess({
        name: "npm run docs",
        command: process.execPath,
        args: [join(docsRoot, "src/serve.ts"), "--port", String(port)],
        cwd: docsRoot,
        env: cleanEnvironment(docsRoot),
      }),
    );
    await server.ready(async () => server.output.includes(`served at ${site}`), 150_000);
    ({ context } = started.use(await startBrowser(browser as string)));
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  }, 180_000);

  afterAll(() => started.disposeAsync(), 60_000);

  /** Opens a page of the site, and notes what goes wrong on it. */
  async function open(path: string): Promise<AsyncDisposable & { page: Page; complaints: string[] }> {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(site) && !/^(data|blob):/.test(request.url()))
        complaints.push(`another host: ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
    });
    page.on("requestfailed", (request) => {
      // The next page is fetched ahead, and given up when this one is closed.
      if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()}`);
    });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${site}/${path.replace(/(index)?\.md$/, "")}`);
    // Colours that are on their way are neither light nor dark.
    await page.addStyleTag({
      content: "*, ::before, ::after { transition: none !important; animation: none !important }",
    });
    await ready(page, "light").catch((error: Error) => {
      throw new Error(`${path} is not drawn: ${error.message}\n${complaints.join("\n")}`);
    });
    return { page, complaints, [Symbol.asyncDispose]: () => page.close() };
  }

  describe("fits and can be read, wide and narrow, light and dark", () => {
    test.concurrent.for(pages)("%s", async (path, { expect }) => {
      await using opened = await open(path);
      const { page, complaints } = opened;
      await page.addScriptTag({ content: axe.source });

      expect(await tooWide(page)).toEqual([]);
      expect(await violations(page)).toEqual([]);
      await show(page, "dark");
      expect(await violations(page, ["color-contrast"])).toEqual([]);

      await page.setViewportSize({ width: 390, height: 844 });
      expect(await tooWide(page)).toEqual([]);
      expect(await violations(page)).toEqual([]);
      await show(page, "light");
      expect(await violations(page, ["color-contrast"])).toEqual([]);
      expect(complaints).toEqual([]);
    });
  });

  test("what does not fit or can't be read is found", async () => {
    const page = await context.newPage();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.setContent(`<html lang="en"><title>A page</title><p style="width: 500px; color: #aaa">pale and wide`);
    await page.addScriptTag({ content: axe.source });
    expect(await tooWide(page)).toEqual([expect.stringContaining("P")]);
    expect(await violations(page, ["color-contrast"])).toEqual([expect.stringContaining("pale and wide")]);
    await page.close();
  });

  test("the first screen shows what happens in a crash", async () => {
    await using opened = await open("index.md");
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      await opened.page.setViewportSize({ width, height });
      const row = await opened.page.locator("table").first().locator("tr").last().boundingBox();
      expect((row?.y ?? Number.NaN) + (row?.height ?? 0)).toBeLessThanOrEqual(height);
    }
  });

  describe.skipIf(withTabs.length < 2)("tabs", () => {
    const [one = "", other = ""] = withTabs;
    const chosen = (page: Page) => page.locator(".sdk-tabs [role=tab][aria-selected=true]").allInnerTexts();
    const visible = (page: Page) => page.locator(".sdk-tabs [role=tabpanel]:visible").count();

    test("keep their choice over a reload, on another page, and in all places of a page", async () => {
      await using opened = await open(one);
      const { page, complaints } = opened;
      await page.getByRole("tab", { name: last?.title, exact: true }).first().click();
      const all = embedsOf(one).map(() => last?.title);
      expect(await chosen(page)).toEqual(all);
      expect(await visible(page)).toBe(all.length);

      await page.reload();
      await ready(page, "light");
      expect(await chosen(page)).toEqual(all);

      await using elsewhere = await open(other);
      expect(await chosen(elsewhere.page)).toEqual(embedsOf(other).map(() => last?.title));
      expect(complaints).toEqual([]);
    });

    test("follow the address, and the arrow keys", async () => {
      await using opened = await open(one);
      const { page } = opened;
      await page.goto(`${page.url()}?sdk=${second?.name}`);
      await ready(page, "light");
      const all = (title: string | undefined) => embedsOf(one).map(() => title);
      expect(await chosen(page)).toEqual(all(second?.title));

      await page.getByRole("tab", { selected: true }).first().focus();
      await page.keyboard.press("ArrowLeft");
      expect(await chosen(page)).toEqual(all(sdks[0]?.title));
      await page.keyboard.press("End");
      expect(await chosen(page)).toEqual(all(last?.title));
      await page.keyboard.press("ArrowRight");
      expect(await chosen(page)).toEqual(all(sdks[0]?.title));
      expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-selected"))).toBe("true");
      await page.reload();
      await ready(page, "light");
      expect(await chosen(page)).toEqual(all(sdks[0]?.title));
    });

    test("have a button that copies the code as it stands in the file", async () => {
      await using opened = await open(one);
      const { page } = opened;
      const [embed] = embedsOf(one) as [CodeEmbed];
      const code = codeOf(one, embed).find(({ sdk }) => sdk === last)?.text;
      await page.getByRole("tab", { name: last?.title, exact: true }).first().click();
      const panel = page.locator(".sdk-tabs [role=tabpanel]:visible").first();
      await panel.hover();
      await panel.locator("button.copy").click();
      await panel.locator("button.copied").waitFor();
      expect((await page.evaluate(() => navigator.clipboard.readText())).trim()).toBe(code);
      await page.getByRole("tab", { name: sdks[0]?.title, exact: true }).first().click();
    });
  });

  test("search finds “kill”", async () => {
    await using opened = await open("index.md");
    const { page, complaints } = opened;
    await page.getByRole("button", { name: "Search" }).first().click();
    await page.locator("#localsearch-input").fill("kill");
    const found = page.locator("#localsearch-list [role=option]");
    await found.first().waitFor();
    expect(await found.allInnerTexts()).toContainEqual(expect.stringMatching(/kill it in the middle/i));
    expect(complaints).toEqual([]);
  });
});

/** Waits until the page shows these colours, its diagrams too. */
const ready = (page: Page, scheme: "light" | "dark") =>
  page.waitForFunction(
    (wanted) =>
      document.documentElement.classList.contains("dark") === (wanted === "dark") &&
      [...document.querySelectorAll<HTMLElement>(".diagram")].every(({ dataset }) => dataset.drawn === wanted),
    scheme,
    { timeout: 60_000 },
  );

async function show(page: Page, scheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await ready(page, scheme);
}

/** What reaches over the right edge of the screen, if the page can be scrolled there. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth)
      .map((element) => `${element.tagName} ${element.className}`);
  });

/** What axe finds: each rule, with where. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const found = await page.evaluate(async (only) => {
    const { axe: checker } = globalThis as unknown as { axe: typeof axe };
    const runOnly = only
      ? { type: "rule" as const, values: only }
      : { type: "tag" as const, values: ["wcag2a", "wcag2aa"] };
    const { violations: broken } = await checker.run(document, { runOnly, resultTypes: ["violations"] });
    return broken.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  }, rules);
  return found;
}
