import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { callPath, crashEverywhere, freshKey, type TestEnvironment, waitFor } from "@durable-agents/crash-harness";
import { findImplementation, patterns, startEnvironment } from "@durable-agents/testkit";
import { findBrowser, howToGetBrowser, startBrowser } from "@durable-agents/testkit/browser";
import { Command } from "commander";
import type { Page } from "playwright-core";
import { docsRoot } from "./repository.ts";
import { defaultSdk } from "./sdks.ts";

/** The pattern whose service is killed in the middle of its request. */
const killed = "orchestrator-worker";

/** How long a model call takes, in milliseconds: long enough to be seen in a timeline. */
const latency = 300;

/** How large the pictures are; what is below the timeline is cut off. From below the breadcrumbs. */
const size = { width: 1120, height: 1100 };
const top = 36;

async function main(implementation: string): Promise<void> {
  const browser = findBrowser();
  if (!browser) throw new Error(howToGetBrowser);
  mkdirSync(join(docsRoot, "public/screenshots"), { recursive: true });
  const { folder } = findImplementation(implementation);
  await using environment = await startEnvironment({ folder, model: { latency } });
  await using started = await startBrowser(browser);
  const page = await started.context.newPage();
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });

  for (const { name, request } of patterns) {
    const { ingress, server } = environment;
    if (name === killed) await crashEverywhere(environment, [request], { points: () => [1] });
    else await ingress.attach(await ingress.send(callPath(request, freshKey("session")), request.body));
    const [newest] = await server.query<{ id: string }>(
      `SELECT id FROM sys_invocation WHERE target LIKE '${request.call.split("/")[0]}/%' ORDER BY created_at DESC LIMIT 1`,
    );
    if (!newest) throw new Error(`There is no invocation of ${request.call}`);
    await photograph(page, environment, newest.id, name);
  }
}

async function photograph(page: Page, { server }: TestEnvironment, id: string, name: string): Promise<void> {
  await page.goto(`${server.adminUrl}/ui/invocations/${id}`);
  const [content, end] = [page.locator("main"), page.getByText("retention ends in")];
  await end.waitFor({ timeout: 60_000 });
  let before = "";
  const isStill = async () => {
    // What tells how long ago it was goes on counting.
    const now = JSON.stringify([await end.boundingBox(), (await content.textContent())?.replace(/[\d.]+m?s/g, "")]);
    const same = now === before;
    before = now;
    return same;
  };
  await waitFor("the timeline is still", isStill, { interval: 500 });
  const [left, bottom] = [await content.boundingBox(), await end.boundingBox()];
  if (!left || !bottom) throw new Error(`${page.url()} shows no timeline`);
  const height = Math.min(size.height, bottom.y + 32) - top;
  await page.screenshot({
    path: join(docsRoot, `public/screenshots/${name}.png`),
    clip: { x: left.x, y: top, width: size.width - left.x, height },
  });
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
