import type { Tool } from "@openai/agents";
import type { z } from "zod";
import type { AnyAgent } from "./scope.ts";

/** What this library knows of a tool that it made. */
interface Durability {
  /** What the model has to fill, if it is a Zod schema. */
  parameters?: z.ZodType;
  /** The agent behind the tool. */
  agent?: AnyAgent;
}

// A property, not a WeakMap: it stays with the copies that `toolNamespace` makes.
const durability = Symbol.for("@durable-agents/openai-agents/durability");

type Marked = { [durability]?: Durability };

export function markDurable<T extends object>(tool: T, how: Durability): T {
  (tool as Marked)[durability] = how;
  return tool;
}

/** @returns undefined for tools that were not made by this library */
export const durabilityOf = (tool: Tool): Durability | undefined => (tool as Marked)[durability];
