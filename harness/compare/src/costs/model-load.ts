import { parentPort, workerData } from "node:worker_threads";

// A program of its own, run in a thread by throughput.ts: it asks the mock model as often as it can, and says how many
// answers there were.

/** What is asked, by how many at the same time, and for how long. */
export interface ModelLoad {
  url: string;
  body: string;
  concurrency: number;
  seconds: number;
  /** How long answers are not counted before that. */
  rampUpSeconds: number;
}

const { url, body, concurrency, seconds, rampUpSeconds } = workerData as ModelLoad;
const from = performance.now() + rampUpSeconds * 1000;
const until = from + seconds * 1000;
let answers = 0;

async function askUntilTheEnd(): Promise<void> {
  while (performance.now() < until) {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`The mock model answered ${response.status} ${text}`);
    const now = performance.now();
    if (now >= from && now < until) answers++;
  }
}

await Promise.all(Array.from({ length: concurrency }, askUntilTheEnd));
parentPort?.postMessage(answers);
