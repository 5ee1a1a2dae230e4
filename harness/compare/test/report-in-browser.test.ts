import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findBrowser, howToGetBrowser, startBrowser } from "@durable-agents/testkit/browser";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderReport } from "../src/pages/report.ts";
import { exampleResults } from "./example-results.ts";

const browser = findBrowser();
if (!browser) console.warn(`The report is not looked at in a browser. ${howToGetBrowser}`);

const screens = [1280, 390].flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ width, scheme })));

/** What a text in a chart looks like: its size on the screen, and its contrast with what is behind the charts. */
interface ChartText {
  text: string;
  size: number;
  contrast: number;
}

// Runs in the page, whose types are not here.
const measureChartTexts = `(() => {
  const luminance = (color) => {
    const [red, green, blue] = color.match(/[\\d.]+/g).map(Number).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll("svg.chart text")].filter((text) => text.textContent).map((text) => {
    const style = getComputedStyle(text);
    const ink = luminance(style.fill);
    return {
      text: text.textContent,
      size: parseFloat(style.fontSize) * text.getScreenCTM().a,
      contrast: (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05),
    };
  });
})()`;

// Texts of charts that are drawn over each other, of one chart or of neighbours, or outside of the screen.
const findCollisions = `(() => {
  const texts = [...document.querySelectorAll("svg.chart text")].filter((text) => text.textContent);
  const boxes = texts.map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  const outside = boxes.filter(({ box }) => box.left < 0 || box.right > document.documentElement.clientWidth);
  const over = boxes.flatMap((a, index) => boxes.slice(index + 1).filter((b) =>
    a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1 && a.box.top < b.box.bottom - 2 && b.box.top < a.box.bottom - 2
  ).map((b) => a.text + " / " + b.text));
  return [...outside.map(({ text }) => text + " is outside"), ...over];
})()`;

describe.skipIf(!browser)("in a browser", { timeout: 120_000 }, () => {
  const started = new AsyncDisposableStack();
  const complaints: string[] = [];
  let page: Page;
  let url: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "durable-agents-report-"));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "report.html"), renderReport(exampleResults()));
    url = pathToFileURL(join(folder, "report.html")).href;
    page = await started.use(await startBrowser(browser as string)).context.newPage();
    page.on("console", (message) => complaints.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (request.url() !== url && request.url() !== "data:,") complaints.push(`request: ${request.url()}`);
    });
  }, 60_000);

  afterAll(() => started.disposeAsync(), 60_000);

  describe.each(screens)("at $width px, $scheme", ({ width, scheme }) => {
    beforeAll(async () => {
      complaints.length = 0;
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(url);
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
    }, 60_000);

    test("nothing is wider than the screen", async () => {
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    });

    test("it fetches nothing, and the console is silent", () => {
      expect(complaints).toEqual([]);
    });

    test("all text in charts can be read", async () => {
      const texts = await page.evaluate<ChartText[]>(measureChartTexts);
      expect(texts.length).toBeGreaterThan(300);
      expect(texts.filter(({ size }) => size < 11)).toEqual([]);
      expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    });

    test("no text in a chart stands on another, or outside of the screen", async () => {
      expect(await page.evaluate(findCollisions)).toEqual([]);
    });

    test("axe finds nothing to complain about", async () => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`)).toEqual([]);
    });
  });

  test("nothing is fetched, even if something tries", async () => {
    await page.goto(url);
    const outcome = await page.evaluate(
      "fetch('https://example.com/').then(() => 'fetched', (error) => 'refused: ' + error.message)",
    );
    expect(outcome).toMatch(/^refused/);
    expect(complaints.join()).toMatch(/Content Security Policy/);
  });
});
