import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { Bench, callPath, exampleRequests, findImplementations } from "@durable-agents/testkit";
import { answersFile } from "./answers.ts";

/** What an implementation answers the example requests, by their names. */
async function answersOf(folder: string): Promise<Record<string, unknown>> {
  await using bench = await Bench.start({ folder });
  const answers: Record<string, unknown> = {};
  for (const request of exampleRequests) {
    const { status, body } = await bench.ingress.call(callPath(request, request.name), request.body);
    assert.equal(status, 200, `${request.name} answered ${status}: ${JSON.stringify(body)}`);
    answers[request.name] = body;
  }
  return answers;
}

const [first, ...others] = findImplementations();
assert.ok(first);
const answers = await answersOf(first.folder);
for (const { name, folder } of others) {
  // A page prints one expected output for all of them.
  assert.deepEqual(await answersOf(folder), answers, `${name} does not answer as ${first.name} does`);
}
writeFileSync(answersFile, `${JSON.stringify(answers, null, 2)}\n`);
