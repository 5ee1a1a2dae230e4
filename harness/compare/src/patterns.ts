import { type ExampleRequest, exampleRequest } from "@durable-agents/testkit";

/** A pattern that is compared: a name for the reader, the request that is sent, and what it is to take at least. */
export interface Pattern {
  name: string;
  request: ExampleRequest;
  /** How many of its model calls have to follow each other: with a model of 500 ms, nothing is faster than that times 500 ms. */
  criticalPath: number;
}

export const patterns: Pattern[] = [
  { name: "orchestrator-worker", request: exampleRequest("research-durable-execution"), criticalPath: 3 },
  { name: "parallel analysis", request: exampleRequest("claim-analysis"), criticalPath: 2 },
  { name: "router", request: exampleRequest("router-billing"), criticalPath: 2 },
  { name: "agent with tools", request: exampleRequest("multi-agent"), criticalPath: 3 },
  { name: "agent, remote tools", request: exampleRequest("remote-agent"), criticalPath: 3 },
  { name: "session with handoff", request: exampleRequest("session-medical"), criticalPath: 2 },
  { name: "specialist team", request: exampleRequest("team-software-feature"), criticalPath: 5 },
];
