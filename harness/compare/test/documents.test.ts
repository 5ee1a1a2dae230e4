import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CrashTarget } from "@durable-agents/crash-harness";
import { installedVersion, patterns, repositoryRoot } from "@durable-agents/testkit";
import { describe, expect, test } from "vitest";
import { crashPicture } from "../src/pages/picture.ts";
import { formatNumber } from "../src/pages/statistics.ts";
import { addedPerCallOf, countCrashes, engineGroups, headlinesOf } from "../src/pages/summary.ts";
import { isAsPromised } from "../src/present.ts";
import { parseResults } from "../src/results.ts";
import { findSystems } from "../src/systems.ts";

const read = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");
const committed = parseResults(read("results/comparison.json"));

/** The places of a page that say what was measured, by name: between `<!-- results: name -->` and `<!-- /results -->`. */
const placesIn = (file: string) =>
  [...read(file).matchAll(/<!-- results: (\S+) -->([\s\S]*?)<!-- \/results -->/g)].map(([, name = "", text = ""]) => ({
    ...{ file, name, text },
  }));

/** The numbers of a text in their order, without those of links. */
const numbersIn = (text: string) => text.replaceAll(/\]\(.*?\)/g, "").match(/\d[\d,.]*\d|\d/g);

/** What such a table may tell, in this order; a small one has the first three. */
const columns = [
  ["lost or wrong", "lost"],
  ["recovers", "recovers"],
  ["completed model calls repeated", "repeated"],
  ["tokens billed twice, a request", "tokensTwice"],
  ["recovery time", "recoveryTime"],
] as const;

describe("what is written by hand follows from the committed samples", () => {
  const places = ["README.md", ...globSync("docs/**/*.md", { cwd: repositoryRoot, exclude: ["**/node_modules"] })]
    .flatMap(placesIn)
    .map((place) => [place.file, place] as const);

  test("in README and on the results page", () => {
    expect(places.map(([file, { name }]) => `${file}: ${name}`)).toEqual(
      expect.arrayContaining(["README.md: headlines", "docs/results.md: headlines", "docs/results.md: findings"]),
    );
    expect(places.filter(([, { name }]) => !["headlines", "findings"].includes(name))).toEqual([]);
  });

  test.each(places.filter(([, { name }]) => name === "headlines"))("the table in %s", (_, { text }) => {
    const [head = [], , ...rows] = (text.match(/^\|.*\|$/gm) ?? []).map((row) =>
      row
        .split("|")
        .slice(2, -1)
        .map((cell) => cell.trim()),
    );
    expect(head.slice(0, 3)).toEqual(columns.slice(0, 3).map(([title]) => title));
    const shown = columns.filter(([title]) => head.includes(title));
    expect(rows).toEqual(headlinesOf(committed).map((headline) => shown.map(([, field]) => headline[field])));
  });

  test.each(places.filter(([, { name }]) => name === "findings"))("the findings in %s", (_, { text }) => {
    const kills = committed.crashes.filter(({ target }) => target === "service");
    const countsOf = (accepts: (name: string) => boolean) =>
      countCrashes(kills.filter(({ system }) => accepts(system)));
    const recovering = new Set(kills.filter(({ recoveredBy }) => recoveredBy === "itself").map(({ system }) => system));
    const alone = committed.systems.filter(({ engine }) => engine === null).map(({ name }) => name);
    const [unaided, retried, repeating, storing] = [
      countsOf((name) => recovering.has(name)),
      countsOf((name) => !recovering.has(name)),
      countsOf((name) => alone.includes(name)),
      countsOf((name) => !alone.includes(name)),
    ];
    const added = (name: string) =>
      committed.systems.filter((info) => info.name === name).map((info) => addedPerCallOf(committed, info) ?? 0)[0] ??
      0;
    const onRestate = (engineGroups(committed)[0]?.members ?? []).map(({ name }) => added(name));
    const milliseconds = [Math.min(...onRestate), Math.max(...onRestate), added("dbos"), added("langgraph")];
    expect(numbersIn(text)).toEqual([
      ...[unaided.outcomes.itself, retried.outcomes.client].map((count) => formatNumber(count)),
      ...[repeating.completed.repeated, storing.completed.of].map((count) => formatNumber(count)),
      ...[storing.notYetPersisted.of, storing.notYetPersisted.repeated].map((count) => formatNumber(count)),
      ...[...milliseconds, added("langgraph-async"), added("langgraph-sync")].map((time) => formatNumber(time, 1)),
    ]);
    // What it says without a number.
    expect([unaided.outcomes.itself, retried.outcomes.client]).toEqual([unaided.killed, retried.killed]);
    expect([repeating.completed.of, storing.completed.repeated]).toEqual([repeating.completed.repeated, 0]);
    expect(storing.inFlight.repeated).toBe(storing.inFlight.of);
    expect(Math.max(added("langgraph-async"), added("langgraph-sync"))).toBeLessThan(added("langgraph"));
    expect(Math.max(...milliseconds)).toBeLessThan(20);
  });
});

describe("the committed samples", () => {
  const systems = findSystems();

  test("are of a full, undisturbed run of what is installed; if not, npm run compare -- --publish takes new ones", () => {
    expect(committed.environment).toMatchObject({ mode: "full", disturbed: null });
    expect(committed.systems).toEqual(systems.map(({ info }) => info));
  });

  test("are what the picture of a crash shows; if not, npm run compare -- --page results/comparison.json draws it", () => {
    expect(readFileSync(join(repositoryRoot, "results/crash.svg"), "utf8")).toBe(crashPicture(committed));
  });

  test("keep the promise of durability, as far as it is made", () => expect(isAsPromised(committed)).toBe(true));

  test.each(systems.map(({ info }) => info))("of $name: each crash point, and random moments", ({ name, engine }) => {
    const own = committed.crashes.filter(({ system, timed }) => system === name && !timed);
    const points = patterns.flatMap(({ name: pattern, request }) =>
      Array.from({ length: request.modelCalls }, (_, crashPoint) => ({ pattern, crashPoint })),
    );
    const kills = (target: CrashTarget, moment: "exact" | "random") =>
      points.map((point) => own.filter((it) => isDeepStrictEqual({ ...it, ...point, target, moment }, it)).length);
    const everywhere = (times: number) => points.map(() => times);
    expect(kills("service", "exact")).toEqual(everywhere(1));
    expect(kills("service", "random")).toEqual(everywhere(5));
    for (const target of ["server", "both"] as const) {
      expect(kills(target, "exact")).toEqual(everywhere(engine ? 1 : 0));
      expect(kills(target, "random")).toEqual(everywhere(engine ? 2 : 0));
    }
  });

  test("have the same calls in flight at the exact moments, of every system", () => {
    for (const { pattern, crashPoint, inFlight } of committed.crashes.filter(({ moment }) => moment === "exact")) {
      expect(inFlight).toBe(patterns.find(({ name }) => name === pattern)?.inFlight[crashPoint]);
    }
  });
});

test("README names the versions that are installed", () => {
  const from = (folder: string, name: string) => installedVersion(join(repositoryRoot, folder), name);
  const readme = read("README.md").replaceAll("\n", " ");
  for (const version of [
    `restate-server ${from("libs/crash-harness", "@restatedev/restate-server")}`,
    `restate-sdk ${from("packages/shared", "@restatedev/restate-sdk")}`,
    `ai ${from("packages/vercel-ai", "ai")}`,
    `\`@restatedev/vercel-ai-middleware\` ${from("packages/vercel-ai", "@restatedev/vercel-ai-middleware")}`,
    `\`@openai/agents\` ${from("packages/openai-agents", "@openai/agents")}`,
    `\`@langchain/langgraph\` ${from("packages/langgraph", "@langchain/langgraph")}`,
    `\`@dbos-inc/dbos-sdk\` ${from("baselines/dbos", "@dbos-inc/dbos-sdk")}`,
    `Node ${from(".", "node")}`,
  ]) {
    expect(readme).toContain(version);
  }
});
