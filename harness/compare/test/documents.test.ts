import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installedVersion, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";
import { checkDocuments } from "../src/pages/documents.ts";
import { formatTable } from "../src/pages/table.ts";
import { patterns } from "../src/patterns.ts";
import { isAsPromised } from "../src/present.ts";
import type { Disaster, Results } from "../src/results.ts";
import { findSubjects } from "../src/subjects.ts";

const committed: Results = JSON.parse(readFileSync(join(repositoryRoot, "results/comparison.json"), "utf8"));
const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");

describe("the committed pages", () => {
  test("follow from the committed samples; npm run compare -- --render makes them anew", () => {
    expect(checkDocuments(committed)).toEqual([]);
  });

  test("would not follow from other samples", () => {
    const [first, ...others] = committed.crashes as [Results["crashes"][number], ...Results["crashes"]];
    const lost = { ...first, resumedBy: null, status: 0, sameAnswer: false };
    const pages = ["README.md", "results/README.md", "results/comparison.html"];
    expect(checkDocuments({ ...committed, crashes: [lost, ...others] })).toEqual(pages);
  });

  test("have a table that fits a terminal of 80 columns", () => {
    for (const line of formatTable(committed).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("the committed samples", () => {
  const subjects = findSubjects();

  test("are of a full run of what is installed; if not, npm run compare -- --publish takes new ones", () => {
    expect(committed.environment.mode).toBe("full");
    expect(committed.subjects).toEqual(subjects.map(({ info }) => info));
  });

  test("keep the promise of durability, as far as it is made", () => expect(isAsPromised(committed)).toBe(true));

  test.each(subjects.map(({ info }) => info))(
    "of $name: each crash point, and five random moments",
    ({ name, engine }) => {
      const strikes = (disaster: Disaster, moment: "exact" | "random") =>
        patterns.map(({ name: pattern, request }) =>
          Array.from(
            { length: request.modelCalls },
            (_, point) =>
              committed.crashes.filter(
                (sample) =>
                  sample.subject === name &&
                  sample.pattern === pattern &&
                  sample.crashPoint === point &&
                  sample.disaster === disaster &&
                  sample.moment === moment &&
                  !sample.alone,
              ).length,
          ),
        );
      const everywhere = (times: number) => patterns.map(({ request }) => Array(request.modelCalls).fill(times));
      expect(strikes("service", "exact")).toEqual(everywhere(1));
      expect(strikes("service", "random")).toEqual(everywhere(5));
      for (const disaster of ["store", "both"] as const) {
        expect(strikes(disaster, "exact")).toEqual(everywhere(engine ? 1 : 0));
        expect(strikes(disaster, "random")).toEqual(everywhere(engine ? 2 : 0));
      }
    },
  );

  test("have the same calls in flight at the exact moments, for everybody", () => {
    for (const { pattern, crashPoint, inFlight } of committed.crashes.filter(({ moment }) => moment === "exact")) {
      expect(inFlight).toBe(patterns.find(({ name }) => name === pattern)?.inFlight[crashPoint]);
    }
  });
});

test("README names the versions that are installed", () => {
  const from = (folder: string, name: string) => installedVersion(join(repositoryRoot, folder), name);
  for (const version of [
    `restate-server ${from("libs/crash-harness", "@restatedev/restate-server")}`,
    `restate-sdk ${from("packages/shared", "@restatedev/restate-sdk")}`,
    `ai ${from("packages/vercel-ai", "ai")}`,
    `\`@restatedev/vercel-ai-middleware\` ${from("packages/vercel-ai", "@restatedev/vercel-ai-middleware")}`,
    `\`@openai/agents\` ${from("packages/openai-agents", "@openai/agents")}`,
    `\`@langchain/langgraph\` ${from("packages/langgraph", "@langchain/langgraph")}`,
    `\`@dbos-inc/dbos-sdk\` ${from("controls/dbos", "@dbos-inc/dbos-sdk")}`,
    `Node ${from(".", "node")}`,
  ]) {
    expect(readme.replaceAll("\n", " ")).toContain(version);
  }
});
