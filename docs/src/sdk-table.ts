import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findImplementation } from "@durable-agents/testkit";
import { sdks } from "./sdks.ts";

/** What stands between `<!-- table: sdks -->` and `<!-- /table -->`: what manifests say of the implementations, and how long they are. */
export function sdkTable(): string {
  const rows = sdks.map(({ name, title }) => {
    const { folder, manifest, sdkVersion } = findImplementation(name);
    return [
      `[${title}](../../packages/${name}/README.md)`,
      `${manifest.sdkPackage} ${sdkVersion}`,
      linesOf(join(folder, "src/*.ts")),
      linesOf(join(folder, "src/durable-model.ts")),
      manifest.durableStep,
      manifest.parallelTools ? "in parallel" : "one after the other",
      manifest.privateApi.join("; ") || "none",
      Object.keys(manifest.knownFailing).join(", ") || "none",
    ];
  });
  return [
    "| SDK | version | lines of code | of them to attach durability | a durable step is | tools of one turn run | private API | checks known to fail |",
    "|---|---|---:|---:|---|---|---|---|",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

/** Lines of code: no empty ones, no comments. */
const linesOf = (files: string): number =>
  globSync(files)
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/?\*)/.test(line)).length;
