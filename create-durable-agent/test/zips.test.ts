import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { temporaryFolder } from "@durable-agents/processes";
import { execa } from "execa";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "../commands/export.ts");

async function exported(zone: string) {
  const output = temporaryFolder("zips");
  const { stdout } = await execa(process.execPath, [program, "--output", output], { env: { TZ: zone } });
  return stdout.split("\n").map((line) => join(output, basename(line.split("  ")[0] as string)));
}

test("there is a zip for each SDK, a plain npm project, with the same bytes wherever it is made", async () => {
  const [zips, others] = await Promise.all([exported("UTC"), exported("Asia/Tokyo")]);
  expect(zips.map((zip) => basename(zip))).toEqual([
    "typescript-langgraph-durable-patterns.zip",
    "typescript-openai-agents-durable-patterns.zip",
    "typescript-vercel-ai-durable-patterns.zip",
    "typescript-restate-only-durable-patterns.zip",
  ]);
  for (const [index, zip] of zips.entries()) {
    expect(readFileSync(zip).equals(readFileSync(others[index] as string)), zip).toBe(true);
    const files = unzipSync(readFileSync(zip));
    const manifest = JSON.parse(Buffer.from(files["package.json"] as Uint8Array).toString());
    expect(manifest.name).toBe(basename(zip, ".zip").replace("typescript-", ""));
    for (const file of ["README.md", ".gitignore", "src/serve.ts", "src/specialist-team.ts", "test/crash.test.ts"]) {
      expect(files).toHaveProperty([file]);
    }
  }
});
