import { type BenchOptions, Bench as CrashHarnessBench } from "@durable-agents/crash-harness";
import { scriptedAgents } from "./model-answers/index.ts";
import { exampleRequest } from "./requests.ts";

/** The bench whose mock model knows the agents of `packages/shared`. */
export class Bench extends CrashHarnessBench {
  static override start(options: BenchOptions): Promise<Bench> {
    const model = { agents: scriptedAgents, ...options.model };
    return CrashHarnessBench.start({ probe: exampleRequest("claim-eligibility"), ...options, model });
  }
}
