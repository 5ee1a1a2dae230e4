import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Takes the refund out of the journal, as by forgetting `ctx.run`. @throws Error if it is not there */
export function takeStepOut(project: string): void {
  const file = join(project, "src/agent.ts");
  const source = readFileSync(file, "utf8");
  const mutated = source.replace(/ctx\.run\("refund_shipping", \(\) => (shop\(.*\))\);/, "$1;");
  if (mutated === source) throw new Error(`${file} makes no refund in a step`);
  writeFileSync(file, mutated);
}
