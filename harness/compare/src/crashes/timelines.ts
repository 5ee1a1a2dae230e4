import {
  Activity,
  Client,
  callPath,
  countAnswered,
  freshKey,
  freshTag,
  type RecordedCall,
  type SystemUnderTest,
  tagged,
  untilOverOrIdle,
  waitFor,
} from "@durable-agents/crash-harness";
import type { Pattern } from "@durable-agents/testkit";
import type { Timeline } from "../results.ts";

/** How long the model takes for most answers, in milliseconds. */
const LATENCY = 400;

/** For how long nothing may happen before the client retries, in milliseconds. */
const PATIENCE = 3_000;

/** Of calls that run in parallel, each takes longer than the one before, so that a kill can come between their answers. */
const latencyAmong = (siblings: number) => LATENCY * (1 + (siblings % 3));

/**
 * Runs a request with a model that takes its time, kills the service when some of the calls that run in parallel are
 * answered and one is not, and writes down when everything was: one picture of what the crash matrix counts.
 *
 * @throws Error if there is no such moment
 */
export async function measureTimeline(name: string, system: SystemUnderTest, pattern: Pattern): Promise<Timeline> {
  const { model, ingress, service } = system;
  if (!service) throw new Error(`${name} runs elsewhere, so its process can't be killed`);
  model.reset();
  const latency = model.latency;
  model.latency = (call) =>
    latencyAmong(model.calls.filter(({ agent, id }) => agent === call.agent && id < call.id).length);
  try {
    const request = tagged(pattern.request, freshTag());
    const started = Date.now();
    const client = Client.send(ingress, callPath(request, freshKey("session")), request.body, freshKey("key"));
    await waitFor("some parallel calls are answered, and one is not", () => isKillMoment(model.calls));
    const before = [...model.calls];
    const inFlight = before.filter(({ outcome }) => outcome === "pending");
    const killed = Date.now();
    await service.kill();
    await service.restart();
    const back = Date.now();

    const patience = Math.max(PATIENCE, 3 * (back - killed));
    const isOver = () => client.keptConnection || countAnswered(model.calls) >= request.modelCalls;
    await untilOverOrIdle(system, patience, isOver);
    const itself = isOver();
    const retried = itself ? null : Date.now();
    const reply = client.keptConnection ? client.first : await client.retry(new Activity(system), patience);
    const lastCall = Math.max(...model.calls.map(({ endedAt = 0 }) => endedAt));
    const over = client.keptConnection ? (client.firstAt as number) : itself ? lastCall : Date.now();

    const repeats = (call: RecordedCall) => {
      if (before.includes(call)) return null;
      const original = before.find(({ key }) => key === call.key);
      return original ? (inFlight.includes(original) ? "in flight" : "completed") : null;
    };
    return {
      system: name,
      pattern: pattern.name,
      modelLatency: LATENCY,
      killed: killed - started,
      back: back - started,
      retried: retried && retried - started,
      answered: typeof reply === "object" && reply.status === 200 ? over - started : null,
      calls: model.calls.map((call) => ({
        agent: call.agent,
        started: call.startedAt - started,
        // The model sees only later that its client is gone.
        ended: (inFlight.includes(call) ? Math.min(killed, call.endedAt ?? killed) : (call.endedAt ?? over)) - started,
        outcome: call.outcome === "answered" ? "answered" : "abandoned",
        repeats: repeats(call),
      })),
    };
  } finally {
    model.latency = latency;
  }
}

/** Half way between two answers of calls that run at the same time, the first of which has been stored long ago. */
function isKillMoment(calls: RecordedCall[]): boolean {
  const pending = calls.filter(({ outcome }) => outcome === "pending");
  return pending.some(({ agent, startedAt }) => {
    const siblings = calls.filter((call) => call.agent === agent && call.outcome === "answered");
    return siblings.length === 2 && Date.now() - startedAt > 2.4 * LATENCY;
  });
}
