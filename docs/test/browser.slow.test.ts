import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment, ManagedProcess } from "@durable-agents/crash-harness";
import { findBrowser, howToGetBrowser, startBrowser } from "@durable-agents/testkit/browser";
import axe from "axe-core";
import getPort from "get-port";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contents, pageFiles } from "../src/contents.ts";
import { docsRoot } from "../src/repository.ts";
import { sdks } from "../src/sdks.ts";

const browser = findBrowser();
const one = "tutorial/01-first-agent.md";
const other = "tutorial/05-routing-and-handoffs.md";
const tabOf = (index: number) => sdks.at(index)?.title.replaceAll(" ", "\u00a0") ?? "";

// In CI it is not skipped, and fails without a browser.
describe.skipIf(!browser && !process.env.CI)("the site in a browser", () => {
  const started = new AsyncDisposableStack();
  let context: BrowserContext;
  let site: string;

  beforeAll(async () => {
    if (!browser) throw new Error(howToGetBrowser);
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
    await server.ready(async () => server.output.includes(`served at ${site}`), 600_000);
    ({ context } = started.use(await startBrowser(browser)));
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  }, 900_000);

  afterAll(() => started.disposeAsync());

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
    test.concurrent.for(pageFiles())("%s", async (path, { expect }) => {
      await using opened = await open(path);
      const { page, complaints } = opened;
      await page.addScriptTag({ content: axe.source });

      expect(await tooWide(page)).toEqual([]);
      expect(await violations(page)).toEqual([]);

      // Colours depend on the scheme, the rest on the width.
      await show(page, "dark");
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await tooWide(page)).toEqual([]);
      expect(await violations(page)).toEqual([]);
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

  test("the reference has a page of what each library exports", async () => {
    const made = contents().flatMap(({ pages }) => pages.filter((page) => page.startsWith("reference/api/")));
    expect(made).toContain("reference/api/crash-harness.md");
    for (const path of made) {
      await using opened = await open(path);
      expect(await opened.page.locator("h1").textContent()).toContain("@durable-agents/");
      expect(opened.complaints).toEqual([]);
    }
  });

  describe("tabs", () => {
    const tabs = (page: Page) => page.getByRole("tab", { selected: true });
    const chosen = async (page: Page) => [...new Set(await tabs(page).allInnerTexts())];
    const choose = (page: Page, index: number) =>
      page
        .getByRole("tab", { name: tabOf(index) })
        .first()
        .click();

    test("keep their choice over a reload, on another page, and in all places of a page", async () => {
      await using opened = await open(one);
      const { page, complaints } = opened;
      expect(await chosen(page)).toEqual([tabOf(0)]);
      await choose(page, -1);
      expect(await chosen(page)).toEqual([tabOf(-1)]);
      expect(await tabs(page).count()).toBeGreaterThan(2);
      expect(await page.locator("pre:visible", { hasText: "npm run dev -- restate-only" }).count()).toBe(2);
      expect(await page.locator("pre:visible", { hasText: "Restate alone is up." }).count()).toBe(1);

      await page.reload();
      await expect.poll(() => chosen(page)).toEqual([tabOf(-1)]);
      await using elsewhere = await open(other);
      await expect.poll(() => chosen(elsewhere.page)).toEqual([tabOf(-1)]);
      expect(complaints).toEqual([]);
      await choose(elsewhere.page, 0);
    });

    test("follow the address, and the arrow keys", async () => {
      await using opened = await open(one);
      const { page } = opened;
      await page.goto(`${page.url()}?sdk=${sdks[1]?.name}`);
      await expect.poll(() => chosen(page)).toEqual([tabOf(1)]);
      await tabs(page).first().focus();
      await page.keyboard.press("ArrowLeft");
      expect(await chosen(page)).toEqual([tabOf(0)]);
      expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-selected"))).toBe("true");
    });

    test("have a button that copies the code as it stands in the page", async () => {
      await using opened = await open(one);
      const { page } = opened;
      const panel = page.getByRole("tabpanel").filter({ hasText: "src/router.ts" });
      await panel.locator("div.language-ts").hover();
      await panel.locator("button.copy").click();
      await panel.locator("button.copied").waitFor();
      const code = (await page.evaluate(() => navigator.clipboard.readText())).trim();
      expect(code).toContain("implement(AgentRouter, {");
      expect(readFileSync(join(docsRoot, one), "utf8")).toContain(code);
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

/** Waits until the page is alive and shows these colours, its diagrams too, and the results are drawn. */
const ready = (page: Page, scheme: "light" | "dark") =>
  page.waitForFunction(
    (wanted) =>
      document.querySelector<HTMLElement>(".VPSwitchAppearance")?.title &&
      document.querySelector("#measured")?.shadowRoot !== null &&
      document.documentElement.classList.contains("dark") === (wanted === "dark") &&
      [...document.querySelectorAll<HTMLElement>(".diagram")].every(({ dataset }) => dataset.drawn === wanted),
    scheme,
    { timeout: 120_000 },
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
const violations = (page: Page, rules?: string[]): Promise<string[]> =>
  page.evaluate(async (only) => {
    const { axe: checker } = globalThis as unknown as { axe: typeof axe };
    const runOnly = only
      ? { type: "rule" as const, values: only }
      : { type: "tag" as const, values: ["wcag2a", "wcag2aa"] };
    const { violations: broken } = await checker.run(document, { runOnly, resultTypes: ["violations"] });
    return broken.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  }, rules);
