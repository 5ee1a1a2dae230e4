import { join } from "node:path";
import { type ExampleRequest, readRequests } from "@durable-agents/crash-harness";
import { repositoryRoot } from "./repository.ts";

const folder = join(repositoryRoot, "packages/shared/requests");

/** All example requests of `packages/shared`, in the order of their names. */
export const exampleRequests: ExampleRequest[] = readRequests(folder);

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
