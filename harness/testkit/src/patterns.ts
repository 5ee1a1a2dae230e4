import type { ExampleRequest } from "@durable-agents/crash-harness";
import { exampleRequest } from "./requests.ts";

/** A pattern: its name, as files, commands, tables and pages have it, and the request that shows it. */
export interface Pattern {
  name: string;
  request: ExampleRequest;
  /** How many calls wait for their answer when 0, 1, 2 … have got it, always the first by agent and prompt. */
  inFlight: number[];
  /** How many of its model calls have to follow each other: with a model of 500 ms, nothing is faster than that many times 500 ms. */
  criticalPath: number;
}

/** The patterns, one request each. */
export const patterns: Pattern[] = [
  { name: "orchestrator-worker", request: exampleRequest("research-durable-execution"), inFlight: [1, 3, 2, 1, 1] },
  { name: "parallel-claim-analysis", request: exampleRequest("claim-analysis"), inFlight: [3, 2, 1, 1] },
  { name: "router", request: exampleRequest("router-billing"), inFlight: [1, 1] },
  { name: "multi-agent", request: exampleRequest("multi-agent"), inFlight: [1, 2, 1, 1] },
  { name: "remote-agent", request: exampleRequest("remote-agent"), inFlight: [1, 2, 1, 1] },
  { name: "claim-session", request: exampleRequest("session-medical"), inFlight: [1, 1] },
  { name: "specialist-team", request: exampleRequest("team-software-feature"), inFlight: [1, 1, 2, 1, 1, 1] },
].map((pattern) => ({ ...pattern, criticalPath: wavesOf(pattern).length }));

/** How many calls wait at the same time, when all that wait are answered at once, again and again. */
export function wavesOf({ inFlight }: Pick<Pattern, "inFlight">): number[] {
  const waves: number[] = [];
  for (let answered = 0; answered < inFlight.length; answered += waves.at(-1) as number) {
    waves.push(inFlight[answered] as number);
  }
  return waves;
}

/**
 * One pattern by its name.
 *
 * @throws Error that lists what there is
 */
export function findPattern(name: string): Pattern {
  const found = patterns.find((pattern) => pattern.name === name);
  if (found) return found;
  throw new Error(
    `There is no pattern ${JSON.stringify(name)}. There are: ${patterns.map(({ name }) => name).join(", ")}.`,
  );
}
