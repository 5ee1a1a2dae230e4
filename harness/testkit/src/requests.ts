import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repositoryRoot } from "@durable-agents/processes";
import { z } from "zod";

const RequestFile = z.strictObject({
  pattern: z.string(),
  call: z.string().regex(/^\w+(\/\{sessionId\})?\/\w+$/),
  body: z.record(z.string(), z.unknown()),
  modelCalls: z.int().min(1),
});

/** An example request, from `packages/shared/requests/`. */
export type ExampleRequest = z.infer<typeof RequestFile> & {
  /** The file's name without its ending. */
  name: string;
};

const folder = join(repositoryRoot, "packages/shared/requests");

/** All example requests, in the order of their names. */
export const exampleRequests: ExampleRequest[] = readdirSync(folder)
  .map((file) => basename(file, ".json"))
  .sort()
  .map((name) => ({ name, ...RequestFile.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))) }));

/**
 * One example request.
 *
 * @throws Error if there is none of that name
 */
export function exampleRequest(name: string): ExampleRequest {
  const found = exampleRequests.find((request) => request.name === name);
  if (!found) throw new Error(`There is no example request ${JSON.stringify(name)} in ${folder}`);
  return found;
}

/** The path of a request's call, with a session of its own where it takes one. */
export const callPath = ({ call }: ExampleRequest, sessionId: string) => call.replace("{sessionId}", sessionId);
