import type { Results } from "../results.ts";
import { environmentTable, notMeasuredTable, subjectsTable } from "./about-tables.ts";
import {
  costTables,
  fanOutTable,
  memoryTable,
  parallelToolsTable,
  storageTable,
  throughputTable,
} from "./cost-tables.ts";
import { matrixLegend, recoveryTable, summaryTable, windowTable } from "./crash-tables.ts";
import { formatDataTable } from "./markdown.ts";
import { aboutLatency, aboutRepeats, limitations, methodOf } from "./prose.ts";
import { withoutDisqualified } from "./summary.ts";
import { formatCrashMatrix, meaningOf } from "./table.ts";

/** The results page, `results/README.md`: everything that was measured, in Markdown, from the results and nothing else. */
export function formatPage(measured: Results): string {
  const results = withoutDisqualified(measured);
  const { environment } = results;
  const untitled = (table: Parameters<typeof formatDataTable>[0]) => formatDataTable(table).replace(/^.*\n\n/, "");
  const section = (title: string, ...parts: string[]) => [`## ${title}`, ...parts];
  const parallelTools = parallelToolsTable(results);
  return [
    "# What happens to an agent that is killed, and what durability costs",
    `Written by \`${environment.command}\` on ${environment.date.slice(0, 10)} from [the raw samples](comparison.json); do ` +
      "not edit. [comparison.html](comparison.html) has the same with charts." +
      (environment.mode === "quick" ? " A quick run: fewer samples of less than a full one." : ""),
    ...meaningOf(measured).map(({ title, sentences }) => `**${title}.** ${sentences.join(" ")}`),
    ...section(
      "Killed, and what it costs",
      "All kills of the service.",
      untitled(summaryTable(results)),
      ...aboutRepeats(results),
    ),
    ...section("Every kill", matrixLegend, formatCrashMatrix(results)),
    ...(results.crashes.some(({ moment }) => moment === "random")
      ? section(
          "Answers that had just arrived",
          "Between an answer's arrival and its being stored is a moment in which a kill costs it: steps are done at least once. " +
            "These are the kills of the service at random moments.",
          untitled(windowTable(results)),
        )
      : []),
    ...section("Times to recover", untitled(recoveryTable(results))),
    ...section(
      "What durability costs when nothing fails",
      "Wall time of a request in milliseconds, and in brackets what is added to each model call of the critical path, against " +
        "the plain program with the same SDK.",
      ...costTables(results).map(formatDataTable),
      ...aboutLatency(results),
    ),
    ...(parallelTools ? section("Tools at the same time", formatDataTable(parallelTools)) : []),
    ...(results.fanOut.length > 0
      ? section(
          "Fan-out",
          "Wall time divided by the critical path of three model calls; 1 is perfect.",
          untitled(fanOutTable(results)),
        )
      : []),
    ...(results.throughput.length > 0 ? section("Requests a second", formatDataTable(throughputTable(results))) : []),
    ...(results.storage.length > 0 ? section("What a request leaves behind", untitled(storageTable(results))) : []),
    ...(results.memory.length > 0
      ? section(
          "Memory",
          "Resident memory of the processes; what PostgreSQL's processes share counts once (Pss, on Linux).",
          untitled(memoryTable(results)),
        )
      : []),
    ...section("What was measured, and how", ...methodOf(results).map(({ title, text }) => `**${title}.** ${text}`)),
    ...section("What is compared", untitled(subjectsTable(results))),
    ...section("Not measured", untitled(notMeasuredTable(results))),
    ...section("What it does not show", limitations.map((limitation) => `- ${limitation}`).join("\n")),
    ...section("Measured on", untitled(environmentTable(results))),
    "",
  ]
    .join("\n\n")
    .trimEnd()
    .concat("\n");
}
