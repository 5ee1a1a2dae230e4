import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseResults, type Results } from "@durable-agents/compare";
import { formatShare } from "@durable-agents/compare/statistics";
import { countCrashes } from "@durable-agents/compare/summary";
import { choosingTable } from "./choosing.ts";
import { minutesTable } from "./commands/minutes.ts";
import { attachmentTable, repeatsTable, storageTable } from "./explanation-tables.ts";
import { mockModelSection } from "./reference/mock-model.ts";
import { repositoryRoot } from "./repository.ts";

// Parts of pages that are made from measurements. In a page they stand between <!-- made: name --> and <!-- /made -->.

const results = (): Results => parseResults(readFileSync(join(repositoryRoot, "results/comparison.json"), "utf8"));

/** What makes each part. */
export const sections: Record<string, () => string> = {
  "mock-model": mockModelSection,
  "crash-table": () => crashTable(results()),
  attachment: attachmentTable,
  storage: () => storageTable(results()),
  repeats: () => repeatsTable(results()),
  choosing: choosingTable,
  minutes: () => minutesTable(),
  results: () => resultsTables(readFileSync(join(repositoryRoot, "results/README.md"), "utf8")),
};

/** One line for everything of one kind, over all kills of its service. */
export function crashTable({ subjects, crashes }: Results): string {
  const groups = [
    { title: "Any of the four on Restate", accepts: (name: string) => kindOf(name) === "restate" },
    ...subjects
      .filter(({ name }) => kindOf(name) === "store")
      .map((subject) => ({ title: subject.title, accepts: (name: string) => name === subject.name })),
    { title: "An SDK alone", accepts: (name: string) => kindOf(name) === "alone" },
  ];
  function kindOf(subjectName: string) {
    const engine = subjects.find(({ name }) => name === subjectName)?.engine;
    if (!engine) return "alone";
    return engine.startsWith("Restate ") ? "restate" : "store";
  }
  const rows = groups.flatMap(({ title, accepts }) => {
    const samples = crashes.filter(({ subject, disaster }) => disaster === "service" && accepts(subject));
    if (samples.length === 0) return [];
    const { killed, outcomes, completed } = countCrashes(samples);
    return [
      `| ${title} | ${formatShare(outcomes.itself, killed)} | ${formatShare(completed.repeated, completed.of)} |`,
    ];
  });
  return ["| Killed in a request | went on by itself | completed calls paid again |", "|---|---:|---:|", ...rows].join(
    "\n",
  );
}

/** The results page without its title, with its links as they have to be in `docs/`. */
const resultsTables = (page: string): string =>
  page
    .replace(/^# .*\n+/, "")
    .replace(
      /\]\((?!https?:|#)([^)]+)\)/g,
      (_, target: string) => `](${target.startsWith("../") ? target : `../results/${target}`})`,
    )
    .trim();
