import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshKey, TestEnvironment, temporaryFolder, waitFor } from "@durable-agents/crash-harness";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { effects, serveServices, stepsEnded, type TestServices } from "./test-services.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Whether this runs in the project "slow". */
    slow: boolean;
  }
}

const SLOW = inject("slow");

/** How often is tried what must hold in whatever order steps end. In `npm test`, five find what fifty find. */
export const ROUNDS = SLOW ? 50 : 5;

/** How many of them run at the same time. */
const AT_ONCE = Math.min(ROUNDS, 10);

/** Does something {@link ROUNDS} times, some at a time. */
export async function inRounds(once: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, once));
}

/** What the mock model says to a prompt of an agent that it does not know. */
export const echoOf = (prompt: string) => `This is what the mock model says to: ${prompt}`;

/** The reply with an error. */
export const refused = (status: number, message: RegExp) => ({
  status,
  body: expect.objectContaining({ message: expect.stringMatching(message) }),
});

/**
 * Serves services in this process for the tests of a file, on a restate-server that replays at every await, with the mock
 * model beside it. After each test, the model's calls and faults and the {@link effects} of steps are forgotten.
 *
 * @param services the first is the one that handlers are called of, unless a path names another one
 */
export function serveForTest(services: TestServices) {
  let environment: TestEnvironment;
  const started = new AsyncDisposableStack();
  const known = new Set<string>();

  beforeAll(async () => {
    // What can't be replayed fails soon, and does not hang.
    const endpoint = await serveServices(services, { maxAttempts: 5 });
    started.defer(endpoint.close);
    environment = started.use(
      await TestEnvironment.start({
        url: endpoint.url,
        // Every await that is not at its end when the state machine looks is a suspension, and so a replay.
        server: { inactivityTimeoutSeconds: 0 },
        model: { strict: false, latency: () => Math.random() * 20 },
      }),
    );
    for (const [name, value] of Object.entries(environment.model.env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await started.disposeAsync();
  });
  afterEach(async () => {
    environment.model.reset();
    await stepsEnded();
    effects.length = 0;
    for (const { invocation } of await environment.journal.transientErrors()) known.add(invocation);
  });

  const pathOf = (handler: string) => (handler.includes("/") ? handler : `${services[0]?.name}/${handler}`);
  const served = {
    /** restate-server and the mock model. */
    get environment() {
      return environment;
    },

    /** Calls a handler. */
    call: (handler: string, body: unknown = "") => environment.ingress.call(pathOf(handler), JSON.stringify(body)),

    /** Sends a request. @returns the invocation's id */
    send: (handler: string, body: unknown = "") => environment.ingress.send(pathOf(handler), JSON.stringify(body)),

    /** Calls a handler {@link inRounds}, with a name of its own each time, and expects an answer. */
    callInRounds: (handler: string, answer: unknown) =>
      inRounds(async () => expect(await served.call(handler, freshKey("run"))).toEqual({ status: 200, body: answer })),

    /** Cancels a request when it sleeps so many times at once. @returns what its client gets */
    cancelWhenAsleep: async (handler: string, body: unknown, sleeps: number) => {
      const id = await served.send(handler, body);
      const sql = `SELECT count(*) AS count FROM sys_journal WHERE id = '${id}' AND entry_type = 'Command: Sleep'`;
      const isAsleep = async () => (await environment.server.query<{ count: number }>(sql))[0]?.count === sleeps;
      await waitFor(`${handler} sleeps`, isAsleep, { interval: 50 });
      await environment.server.cancel(id);
      return environment.ingress.attach(id);
    },

    /** Calls a handler that can't be replayed. @returns what Restate says about the attempts at it */
    errorsOf: async (handler: string, body: unknown) => {
      await served.call(handler, body);
      return (await served.newErrors()).map(({ message }) => message).join("\n");
    },

    /** Attempts that failed in this test. */
    newErrors: async () =>
      (await environment.journal.transientErrors()).filter(({ invocation }) => !known.has(invocation)),

    /** Expects that no attempt failed and no step was made twice in this test, and how many steps and model calls there were. */
    expectNoRepeats: async ({ steps, modelCalls }: { steps?: number; modelCalls?: number }) => {
      expect(await served.newErrors()).toEqual([]);
      expect(effects.filter((effect, index) => effects.indexOf(effect) !== index)).toEqual([]);
      if (steps !== undefined) expect(effects).toHaveLength(steps);
      if (modelCalls !== undefined) expect(environment.model.calls).toHaveLength(modelCalls);
    },
  };
  return served;
}

/** What {@link testRandomKills} calls, and what it expects then. */
export interface RandomKills {
  /** The file that exports the `services`. */
  services: string;
  /** What is called, each with a name of its own. */
  calls: string[];
  /** How many effects they have in all, and how many `ctx.run` steps they take, model calls included. */
  effects: number;
  steps: number;
  /** How many effects and model calls are in flight at the same time, at most: a kill may repeat so many. */
  inFlight: number;
  modelCalls?: number;
  /** What each client gets. */
  reply: object;
}

/** How often the process is killed: at random moments, while the same requests are under way. */
const KILLS = 5;

/** Tests, in the project "slow", that nothing is repeated that was in the journal when the process of services is killed a few times. */
export function testRandomKills({ services, calls, reply, ...expected }: RandomKills): void {
  test.runIf(SLOW)("killed at random moments, no completed step or model call is repeated", async () => {
    const folder = temporaryFolder("service");
    const program = join(import.meta.dirname, "serve-test-services.ts");
    const start = `node '${program}' '${services}'`;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start } }));
    await using environment = await TestEnvironment.start({
      folder,
      model: { strict: false, latency: () => Math.random() * 20 },
    });
    const { ingress, journal, model } = environment;
    const service = environment.requireProcess();
    const ids = await Promise.all(calls.map((path) => ingress.send(path, JSON.stringify(freshKey("run")))));
    let over = false;
    const answers = Promise.all(ids.map((id) => ingress.attach(id))).finally(() => {
      over = true;
    });
    // A fast machine may be through before the last kill.
    for (let kill = 0; kill < KILLS && !over; kill++) {
      const target = environment.effects.calls.length + 1 + Math.floor((Math.random() * expected.effects) / KILLS);
      await waitFor("some more steps are made", () => over || environment.effects.calls.length >= target);
      await service.kill();
      await service.restart();
    }
    for (const given of await answers) expect(given).toMatchObject(reply);

    const made = environment.effects.calls.map(({ body }) => body);
    expect(new Set(made).size).toBe(expected.effects);
    expect(made.length - expected.effects).toBeLessThanOrEqual(KILLS * expected.inFlight);
    const answered = model.calls.filter(({ outcome }) => outcome === "answered");
    expect(answered.length - (expected.modelCalls ?? 0)).toBeLessThanOrEqual(KILLS * expected.inFlight);
    expect(await journal.completedSteps()).toBe(expected.steps);
    expect((await journal.transientErrors()).filter(({ code }) => code === 570)).toEqual([]);
  });
}
