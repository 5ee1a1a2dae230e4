import { parentPort, workerData } from "node:worker_threads";
import { askUnderLoad, type Load } from "./load.ts";

// A program of its own, run in a thread by throughput.ts: it asks the mock model as often as it can, and says how many
// answers there were.

/** What is asked, and how much of it. */
export interface ModelLoad extends Load {
  url: string;
  body: string;
}

const { url, body, ...load } = workerData as ModelLoad;
const { counted } = await askUnderLoad(load, async (signal) => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body, signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`The mock model answered ${response.status} ${text}`);
});
parentPort?.postMessage(counted);
