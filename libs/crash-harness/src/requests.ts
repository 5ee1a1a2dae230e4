import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";

const RequestFile = z.strictObject({
  pattern: z.string(),
  call: z.string().regex(/^\w+(\/\{sessionId\})?\/\w+$/),
  body: z.record(z.string(), z.unknown()),
  modelCalls: z.int().min(1),
});

/**
 * A request to try: what is called (`AgentRouter/answer`, or `MultiAgentClaimSession/{sessionId}/run`), with which body, and
 * how many model calls it takes when nothing goes wrong.
 */
export type ExampleRequest = z.infer<typeof RequestFile> & {
  /** The file's name without its ending. */
  name: string;
};

/**
 * Reads the example requests of a folder, one JSON file each, in the order of their names.
 *
 * @param folder its path
 * @throws Error that names the file and the field, if one is not an example request
 */
export function readRequests(folder: string): ExampleRequest[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort()
    .map((name) => {
      const file = join(folder, `${name}.json`);
      const parsed = RequestFile.safeParse(JSON.parse(readFileSync(file, "utf8")));
      if (!parsed.success) throw new Error(`${file}:\n${z.prettifyError(parsed.error)}`);
      return { name, ...parsed.data };
    });
}

/**
 * The path of a request's call, with a session of its own where it takes one.
 *
 * @param exampleRequest the request
 * @param sessionId the session
 */
export const callPath = ({ call }: Pick<ExampleRequest, "call">, sessionId: string) =>
  call.replace("{sessionId}", sessionId);
