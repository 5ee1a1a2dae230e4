import type { MeasuredOn } from "@durable-agents/testkit";
import Table from "cli-table3";
import { isDurable, type Sample } from "./crash-demo.ts";

/** What the table's headings say of an implementation. */
export interface Subject {
  name: string;
  title: string;
  sdkPackage: string;
  sdkVersion: string;
}

/** A results file of `npm start`. */
export interface Results {
  environment: MeasuredOn;
  implementations: Subject[];
  samples: Sample[];
}

/** The table of `npm start`, at most 80 columns wide. */
export function formatTable({ implementations, samples }: Pick<Results, "implementations" | "samples">): string {
  const table = new Table({
    head: ["", "model\ncalls", "repeated\n(in flight)", "recovered\nunaided", "same\nanswer", "time to\nrecover"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, title, sdkPackage, sdkVersion } of implementations) {
    table.push([{ colSpan: 6, content: `${title} (${sdkPackage} ${sdkVersion})` }]);
    for (const sample of samples.filter(({ implementation }) => implementation === name)) {
      const { modelCalls, repeated, recovered, sameAnswer, untilAnswer } = sample;
      table.push([
        `  ${sample.pattern}`,
        modelCalls,
        `${repeated.completed + repeated.inFlight} (${repeated.inFlight})`,
        recovered ? "yes" : "NO",
        sameAnswer ? "yes" : "NO",
        `${(untilAnswer / 1000).toFixed(2)} s`,
      ]);
    }
  }
  return table.toString();
}

/** What the table means, in one sentence. */
export function formatMeaning(samples: Sample[]): string {
  const sum = (count: (sample: Sample) => number) => samples.reduce((total, sample) => total + count(sample), 0);
  const [completed, inFlight] = [sum(({ repeated }) => repeated.completed), sum(({ repeated }) => repeated.inFlight)];
  const fellShort = samples.filter((sample) => !isDurable(sample));
  if (fellShort.length > 0) {
    const names = fellShort.map(({ implementation, pattern }) => `${implementation}: ${pattern}`).join("; ");
    return `${fellShort.length} of ${samples.length} killed requests fell short of what durability promises (${names}).`;
  }
  return (
    `All ${samples.length} requests were killed half way and were answered as if nothing had happened, without anybody ` +
    `asking again: ${completed} completed model calls were repeated, and of those in flight, whose answers nobody had ` +
    `seen, ${inFlight}.`
  );
}
