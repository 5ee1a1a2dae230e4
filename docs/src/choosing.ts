import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findImplementation } from "@durable-agents/testkit";
import { sdks } from "./sdks.ts";

/** What the manifests say of the implementations, and how long they are, one line each. */
export function choosingTable(): string {
  const rows = sdks.map(({ name, title }) => {
    const { folder, manifest, sdkVersion } = findImplementation(name);
    return [
      `[${title}](../../packages/${name}/README.md)`,
      `${manifest.sdkPackage} ${sdkVersion}`,
      linesOf(join(folder, "src")),
      linesOf(join(folder, "src"), "durable-model.ts"),
      manifest.parallelTools ? "in parallel" : "one after the other",
      manifest.privateApi.join("; ") || "none",
      Object.keys(manifest.knownFailing).join(", ") || "none",
    ];
  });
  return [
    "| | version | lines of code | of them to attach durability | tools of one turn run | private API | checks known to fail |",
    "|---|---|---:|---:|---|---|---|",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

/** Lines of code in a folder: no empty ones, no comments. */
function linesOf(folder: string, pattern = "*.ts"): number {
  return globSync(pattern, { cwd: folder })
    .flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"))
    .filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/?\*)/.test(line)).length;
}
