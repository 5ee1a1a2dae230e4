import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "@durable-agents/crash-harness";
import { repositoryRoot } from "@durable-agents/testkit";
import { findBrowser, howToGetBrowser, startBrowser } from "@durable-agents/testkit/browser";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { singleFile } from "../src/pages/single-file.ts";
import { headlinesOf } from "../src/pages/summary.ts";
import { parseResults, type Results } from "../src/results.ts";
import { exampleResults } from "./example-results.ts";

const browser = findBrowser();
const complaint = `The results page is not looked at in a browser. ${howToGetBrowser}`;
if (!browser && process.env.CI === "true") throw new Error(complaint);
if (!browser) console.warn(complaint);

const committed = parseResults(readFileSync(join(repositoryRoot, "results/comparison.json"), "utf8"));

describe.skipIf(!browser)("the results page as one file", () => {
  const started = new AsyncDisposableStack();
  const complaints: string[] = [];
  let page: Page;

  beforeAll(async () => {
    page = await started.use(await startBrowser(browser as string)).context.newPage();
    page.on("console", (message) => complaints.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
  });

  afterAll(() => started.disposeAsync());

  /** Opens the page of these results, with everything that can be opened. */
  async function open(results: Results): Promise<void> {
    complaints.length = 0;
    const file = join(temporaryFolder("results-page"), "results.html");
    writeFileSync(file, await singleFile(results));
    await page.goto(pathToFileURL(file).href);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
  }

  const text = () => page.evaluate(() => document.body.textContent);

  describe.each([1280, 390].flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ width, scheme }))))(
    "at $width px, $scheme",
    ({ width, scheme }) => {
      beforeAll(async () => {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 900 });
        await open(committed);
      });

      test("shows the numbers of the samples, and fetches nothing", async () => {
        const shown = await page.evaluate(() =>
          [...document.querySelectorAll(".headlines > div")].map((card) =>
            [...card.querySelectorAll("p, dd")].map(({ textContent }) => textContent),
          ),
        );
        expect(shown).toEqual(
          headlinesOf(committed).map(({ lost, recovers, repeated, tokensTwice, recoveryTime, addedPerCall }) => [
            ...[`Recovers ${recovers}`, lost, repeated, tokensTwice, recoveryTime, addedPerCall],
          ]),
        );
        expect(complaints).toEqual([]);
      });

      test("nothing is wider than the screen, and no text in a chart is too small, outside, or on another", async () => {
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        expect(await page.evaluate(unreadableTexts)).toEqual([]);
      });

      test("axe finds nothing to complain about", async () => {
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`)).toEqual([]);
      });
    },
  );

  test("every chart says what it shows, and no value is undefined or not a number", async () => {
    await open(committed);
    const labels = await page.evaluate(() =>
      [...document.querySelectorAll("svg.chart")].map((chart) => chart.getAttribute("aria-label") ?? ""),
    );
    expect(labels.length).toBeGreaterThan(20);
    for (const label of labels) expect(label).toMatch(/: .*\d/);
    expect(await page.content()).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  test("has no times of a disturbed run, but a banner that says why", async () => {
    await open({ ...committed, environment: { ...committed.environment, disturbed: "The machine was busy." } });
    expect(await text()).toContain("No times are shown. The machine was busy.");
    expect(await text()).toContain("Recovers by itself");
    const sections = await page.evaluate(() => [...document.querySelectorAll("section h2[id]")].map(({ id }) => id));
    expect(sections).toEqual(["at-a-glance", "every-kill", "load", "method"]);
    expect(await page.locator("figure").count()).toBe(2);
  });

  test("of next to nothing is a page, too, and text of others stays text", async () => {
    const results = exampleResults();
    for (const info of results.systems) info.title = `</script><img src=x onerror="alert(1)">${info.title}`;
    await open({ ...results, crashes: [], latencies: [] });
    expect(complaints).toEqual([]);
    expect(await page.evaluate(() => document.querySelectorAll("img, figure").length)).toBe(0);
    expect(await text()).toContain('</script><img src=x onerror="alert(1)">');
  });
});

/** Texts of charts that are smaller than 11 px, reach out of the screen, or are drawn over each other. Runs in the page. */
function unreadableTexts(): string[] {
  const texts = [...document.querySelectorAll<SVGTextElement>("svg.chart text")].filter(
    ({ textContent }) => textContent,
  );
  const boxes = texts.map((text) => ({ name: text.textContent, text, box: text.getBoundingClientRect() }));
  const small = boxes.filter(
    ({ text }) => Number.parseFloat(getComputedStyle(text).fontSize) * (text.getScreenCTM()?.a ?? 0) < 11,
  );
  const outside = boxes.filter(({ box }) => box.left < 0 || box.right > document.documentElement.clientWidth);
  const over = boxes.flatMap(({ name, box: a }, index) =>
    boxes
      .slice(index + 1)
      .filter(({ box: b }) => a.left < b.right - 1 && b.left < a.right - 1)
      .filter(({ box: b }) => a.top < b.bottom - 2 && b.top < a.bottom - 2)
      .map((other) => `${name} is on ${other.name}`),
  );
  return [...small.map(({ name }) => `${name} is small`), ...outside.map(({ name }) => `${name} is outside`), ...over];
}
