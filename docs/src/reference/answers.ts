import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What every implementation answers the example requests when it asks the mock model, by the requests' names. Made by
 * `node run.mjs docs/src/reference/record-answers.ts`.
 */
export const answersFile = join(import.meta.dirname, "answers.json");

/** Longest text in an answer that a page shows whole, in characters. */
const MAX_SHOWN = 130;

/**
 * What curl prints for an example request, as an expected output: of long texts only the beginning.
 *
 * @throws Error if the answer was not recorded yet
 */
export function shownAnswer(example: string): string {
  const answers = JSON.parse(readFileSync(answersFile, "utf8")) as Record<string, unknown>;
  if (!(example in answers)) {
    throw new Error(`There is no answer to ${example}; make it by: node run.mjs docs/src/reference/record-answers.ts`);
  }
  const shorten = (_: string, value: unknown) =>
    typeof value === "string" && value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN).trimEnd()}…` : value;
  return JSON.stringify(answers[example], shorten);
}
