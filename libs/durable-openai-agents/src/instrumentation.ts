import { AgentsError, Runner } from "@openai/agents";
import { causeOf } from "./errors.ts";
import { currentScope, fail } from "./scope.ts";

// The only place that changes something of the SDK's. An agent behind a tool is run by a Runner that the SDK makes itself, and
// whatever that throws is shown to the outer agent's model: a TerminalError of an agent's instructions or hooks, a
// cancellation, a bug that Restate should retry. In a durableRun they end the run; outside of it, nothing is different.

type Run = (this: Runner, ...args: unknown[]) => Promise<unknown>;

let instrumented = false;

/** Lets errors of agents behind tools end the run. Doing it again does nothing. */
export function instrument(): void {
  if (instrumented) return;
  instrumented = true;
  const run = Runner.prototype.run as Run;
  const failingRun: Run = async function (...args) {
    const scope = currentScope();
    if (!scope?.behindTool) return run.apply(this, args);
    try {
      return await run.apply(this, args);
    } catch (error) {
      // What the SDK itself decides (too many turns, a tripwire) is told to the outer agent, as ever.
      if (causeOf(error) instanceof AgentsError) throw error;
      return fail(scope.run, causeOf(error));
    }
  };
  Runner.prototype.run = failingRun as typeof Runner.prototype.run;
}
