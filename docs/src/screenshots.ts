import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { patterns } from "@durable-agents/compare";
import {
  Bench,
  callPath,
  crashDuring,
  type ExampleRequest,
  findImplementation,
  freshKey,
  waitFor,
} from "@durable-agents/testkit";
import { findBrowser, howToGetBrowser, startBrowser } from "@durable-agents/testkit/browser";
import { Command } from "commander";
import type { Page } from "playwright-core";
import { docsRoot } from "./repository.ts";
import { defaultSdk } from "./sdks.ts";

const folder = join(docsRoot, "public/screenshots");

/** The pattern whose service is killed in the middle of its request. */
const killed = "orchestrator-worker";

/** How long a model call takes, in milliseconds: long enough to be seen in a timeline. */
const latency = 300;

/** How large the pictures are; what is below the timeline is cut off. */
const size = { width: 1120, height: 1100 };

async function main(implementation: string): Promise<void> {
  const browser = findBrowser();
  if (!browser) throw new Error(howToGetBrowser);
  mkdirSync(folder, { recursive: true });
  await using bench = await Bench.start({ folder: findImplementation(implementation).folder, model: { latency } });
  await using started = await startBrowser(browser);
  const page = await started.context.newPage();
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });

  for (const { id: pattern, request } of patterns) {
    const id = pattern === killed ? await killInTheMiddle(bench, request) : await send(bench, request);
    await photograph(page, bench, id, pattern);
  }
}

/** Sends a request and waits for its answer. @returns the invocation's id */
async function send({ ingress }: Bench, request: ExampleRequest): Promise<string> {
  const id = await ingress.send(callPath(request, freshKey("session")), request.body);
  const { status, body } = await ingress.attach(id);
  if (status !== 200) throw new Error(`${request.name} ended with ${status}: ${JSON.stringify(body)}`);
  return id;
}

/** The same, and kills the service when the first model call's answer is stored. */
async function killInTheMiddle(bench: Bench, request: ExampleRequest): Promise<string> {
  const { reply } = await crashDuring(bench, request, 1);
  if (reply.status !== 200)
    throw new Error(`${request.name} ended with ${reply.status}: ${JSON.stringify(reply.body)}`);
  const invocation = (await bench.journal.invocations()).find(({ target }) => target === request.call);
  if (!invocation) throw new Error(`There is no invocation of ${request.call}`);
  return invocation.id;
}

async function photograph(page: Page, { server }: Bench, id: string, name: string): Promise<void> {
  await page.goto(`${server.adminUrl}/ui/invocations/${id}`);
  const [content, end] = [page.locator("main"), page.getByText("retention ends in")];
  await end.waitFor({ timeout: 30_000 });
  let before = "";
  await waitFor(
    "the timeline stands still",
    async () => {
      // What tells how long ago it was goes on counting.
      const now = JSON.stringify([await end.boundingBox(), (await content.textContent())?.replace(/[\d.]+m?s/g, "")]);
      const isStill = now === before;
      before = now;
      return isStill;
    },
    { interval: 500 },
  );
  const [left, bottom] = [await content.boundingBox(), await end.boundingBox()];
  if (!left || !bottom) throw new Error(`${page.url()} shows no timeline`);
  const path = join(folder, `${name}.png`);
  // From below the breadcrumbs to the end of the timeline.
  const y = 36;
  const clip = { x: left.x, y, width: size.width - left.x, height: Math.min(size.height, bottom.y + 32) - y };
  await page.screenshot({ path, clip });
  console.log(`docs/public/screenshots/${name}.png`);
}

const program = new Command("npm run docs:screenshots --")
  .description(
    "Runs an implementation, sends the example request of each pattern, kills the service in the middle of one " +
      "(orchestrator-worker), and photographs their timelines in Restate's UI.",
  )
  .argument("[implementation]", "which one", defaultSdk.name)
  .parse();
await main(program.args[0] ?? defaultSdk.name);
