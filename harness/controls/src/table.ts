import type { MeasuredOn } from "@durable-agents/testkit";
import Table from "cli-table3";
import type { Sample } from "./comparison.ts";

/** A results file of `npm run control`. */
export interface Results {
  environment: MeasuredOn;
  systems: { name: string; title: string }[];
  samples: Sample[];
}

/** The table of `npm run control`, at most 80 columns wide. */
export function formatTable({ systems, samples }: Pick<Results, "systems" | "samples">): string {
  const table = new Table({
    head: ["", "resumed\nunaided", "answered\non asking", "same\nanswer", "completed\nrepeated", "in flight\nrepeated"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, title } of systems) {
    table.push([{ colSpan: 6, content: title }]);
    const own = samples.filter(({ system }) => system === name);
    for (const pattern of new Set(own.map(({ pattern }) => pattern))) {
      table.push([`  ${pattern}`, ...formatCounts(own.filter((sample) => sample.pattern === pattern))]);
    }
  }
  return table.toString();
}

/** How many of the samples there are of each kind, such as "4 of 5". */
function formatCounts(samples: Sample[]): string[] {
  const count = (accepts: (sample: Sample) => boolean) => samples.filter(accepts).length;
  const sum = (read: (sample: Sample) => number) => samples.reduce((total, sample) => total + read(sample), 0);
  const unaided = count(({ resumedBy, status }) => resumedBy === "itself" && status === 200);
  const asked = count(({ resumedBy, status }) => resumedBy === "the caller" && status === 200);
  return [
    `${unaided} of ${samples.length}`,
    unaided === samples.length ? "-" : `${asked} of ${samples.length - unaided}`,
    `${count(({ sameAnswer }) => sameAnswer)} of ${samples.length}`,
    `${sum(({ repeated }) => repeated.completed)} of ${sum(({ completedBeforeKill }) => completedBeforeKill)}`,
    `${sum(({ repeated }) => repeated.inFlight)} of ${sum(({ inFlightAtKill }) => inFlightAtKill)}`,
  ];
}
