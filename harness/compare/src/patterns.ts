import { randomInt } from "node:crypto";
import { type ExampleRequest, exampleRequest } from "@durable-agents/testkit";

/** A pattern that is compared: a name for the reader, the request that is sent, and what it is to take at least. */
export interface Pattern {
  /** What --pattern takes. */
  id: string;
  name: string;
  request: ExampleRequest;
  /** How many of its model calls have to follow each other: with a model of 500 ms, nothing is faster than that times 500 ms. */
  criticalPath: number;
  /** How many calls wait for their answer when 0, 1, 2 … have got it, always the first by agent and prompt. */
  inFlight: number[];
}

export const patterns: Pattern[] = [
  {
    id: "orchestrator-worker",
    name: "orchestrator-worker",
    request: exampleRequest("research-durable-execution"),
    criticalPath: 3,
    inFlight: [1, 3, 2, 1, 1],
  },
  {
    id: "parallel-claim-analysis",
    name: "parallel analysis",
    request: exampleRequest("claim-analysis"),
    criticalPath: 2,
    inFlight: [3, 2, 1, 1],
  },
  { id: "router", name: "router", request: exampleRequest("router-billing"), criticalPath: 2, inFlight: [1, 1] },
  {
    id: "multi-agent",
    name: "agent with tools",
    request: exampleRequest("multi-agent"),
    criticalPath: 3,
    inFlight: [1, 2, 1, 1],
  },
  {
    id: "remote-agent",
    name: "agent, remote tools",
    request: exampleRequest("remote-agent"),
    criticalPath: 3,
    inFlight: [1, 2, 1, 1],
  },
  {
    id: "claim-session",
    name: "session with handoff",
    request: exampleRequest("session-medical"),
    criticalPath: 2,
    inFlight: [1, 1],
  },
  {
    id: "specialist-team",
    name: "specialist team",
    request: exampleRequest("team-software-feature"),
    criticalPath: 5,
    inFlight: [1, 1, 2, 1, 1, 1],
  },
];

/**
 * A pattern's request with a mark in its text, which every model call that it leads to repeats. Marks are equally long,
 * so that answers and tokens differ in nothing else.
 *
 * @param mark such as {@link freshMark} makes
 */
export function marked({ request }: Pattern, mark: string): ExampleRequest {
  const field = ["topic", "reason", "message", "goal"].find((name) => name in request.body);
  if (field === undefined) throw new Error(`${request.name} has no text that a mark could stand in`);
  return { ...request, body: { ...request.body, [field]: `${request.body[field]} (${mark})` } };
}

/** A mark that no other request has. */
export const freshMark = () => `no. ${randomInt(1_000_000_000, 10_000_000_000)}`;

/**
 * One pattern by its id.
 *
 * @throws Error that lists what there is
 */
export function findPattern(id: string): Pattern {
  const found = patterns.find((pattern) => pattern.id === id);
  if (found) return found;
  throw new Error(`There is no pattern ${JSON.stringify(id)}. There are: ${patterns.map(({ id }) => id).join(", ")}.`);
}
