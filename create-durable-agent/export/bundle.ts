import { join } from "node:path";
import { repositoryRoot } from "@durable-agents/processes";
import { build } from "rolldown";

const folder = join(repositoryRoot, "create-durable-agent");

/** Bundles the scaffolder with everything that it imports, so that it installs nothing and runs on Node 20. */
export async function bundle(): Promise<void> {
  await build({
    input: join(folder, "src/index.ts"),
    platform: "node",
    transform: { target: "node20.12" },
    output: { file: join(folder, "dist/index.js"), format: "esm", cleanDir: true },
  });
}
