import type { PackageManager } from "./templates.ts";

/** How a script of package.json is run, such as `npm run dev`. */
export function runScript(packageManager: PackageManager, script: string): string {
  if (packageManager === "bun") return `bun run ${script}`; // `bun test` is something else
  const short = script === "start" || script === "test" || packageManager !== "npm";
  return `${packageManager} ${short ? "" : "run "}${script}`;
}
