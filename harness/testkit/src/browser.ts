import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** What to do when {@link findBrowser} finds none. */
export const howToGetBrowser =
  `There is none of ${names.join(", ")} on the PATH. Install one (Debian: apt-get install chromium), or set CHROME_PATH to ` +
  "the program of one that is Chrome or Chromium.";

/** The browser's program: what CHROME_PATH names, or the first that is on the PATH. */
export function findBrowser(): string | undefined {
  const { CHROME_PATH, PATH = "" } = process.env;
  if (CHROME_PATH) return CHROME_PATH;
  const candidates = names.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name)));
  return candidates.find((candidate) => existsSync(candidate));
}

/** Starts a browser that knows nothing and makes no request of its own; it and its data are gone when it is disposed of. */
export async function startBrowser(executablePath: string): Promise<AsyncDisposable & { context: BrowserContext }> {
  await using started = new AsyncDisposableStack();
  const data = await mkdtemp(join(tmpdir(), "durable-agents-browser-"));
  started.defer(() => rm(data, { recursive: true, force: true, maxRetries: 5 }));
  const context = await chromium.launchPersistentContext(data, {
    executablePath,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
  started.defer(() => context.close());
  const parts = started.move();
  return { context, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
