import {
  callPath,
  type ExampleRequest,
  freshKey,
  Ingress,
  MockModel,
  type RecordedCall,
  type Reply,
  releaseFirst,
  type StruckCalls,
  Subject,
  sortOut,
  waitFor,
} from "@durable-agents/testkit";
import { Database } from "./database.ts";

export interface ControlOptions {
  checkpointer: "memory" | "postgres";
  /** When checkpoints are written; LangGraph's default is `async`. */
  durability?: "async" | "sync" | "exit";
  /** The program, a folder with a "start" script; the LangGraph control of this package unless set. */
  folder?: string;
}

/** A bench without Restate: the mock model, a control in a process of its own, and the database of its checkpointer. */
export class ControlBench implements AsyncDisposable {
  readonly model: MockModel;
  readonly subject: Subject;
  readonly client: Ingress;
  readonly #parts: AsyncDisposableStack;

  private constructor(model: MockModel, subject: Subject, parts: AsyncDisposableStack) {
    this.model = model;
    this.subject = subject;
    this.client = new Ingress(subject.url);
    this.#parts = parts;
  }

  /**
   * Starts everything.
   *
   * @throws Error if something does not come up; what did is ended again
   */
  static async start({ checkpointer, durability = "async", folder }: ControlOptions): Promise<ControlBench> {
    await using started = new AsyncDisposableStack();
    const model = started.use(await MockModel.start({ strict: true }));
    const database = checkpointer === "postgres" ? started.use(await Database.start()) : undefined;
    const subject = started.use(
      await Subject.start({
        folder: folder ?? `${import.meta.dirname}/..`,
        // Empty rather than absent: the caller's own environment may name a database.
        environment: { ...model.environment, DURABILITY: durability, DATABASE_URL: database?.url ?? "" },
      }),
    );
    return new ControlBench(model, subject, started.move());
  }

  /** What the checkpointer has of a thread: its values, and the nodes that are to be run next or are running. */
  async state(path: string, idempotencyKey: string): Promise<{ values: object; next: string[] }> {
    const response = await fetch(`${this.subject.url}/${path}`, { headers: { "idempotency-key": idempotencyKey } });
    if (!response.ok) throw new Error(`${path} of ${idempotencyKey}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { values: object; next: string[] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

/** What a request went through, and what came of it. */
export interface ControlRun extends StruckCalls {
  /** What the caller got who asked again. */
  reply: Reply;
  /** The calls whose answers were stored when the crash came; by a checkpointer in memory, for what it is worth. */
  completed: RecordedCall[];
  /** Who made it go on: a model call before anybody asks shows that it did so by itself. Null if nobody could. */
  resumedBy: "itself" | "the caller" | null;
  /** From when the caller asked again to the answer, in milliseconds, with a model that answers at once. */
  untilAnswer: number;
}

/** How long a program that is back may take for its first model call, in milliseconds; on Restate it takes a few hundred. */
const UNAIDED_TIMEOUT = 2_000;

/**
 * Does what `crashDuring` does to a service on Restate: sends a request, has exactly `completed` model answers stored,
 * holds the calls after them, kills the process and starts it again. Then it looks whether anything goes on by itself,
 * and only then asks again, with the same idempotency key.
 *
 * @param completed how many model calls to complete first; fewer than the request makes
 */
export async function crashControl(
  bench: ControlBench,
  request: ExampleRequest,
  completed: number,
): Promise<ControlRun> {
  const { model, subject, client } = bench;
  const [path, idempotencyKey] = [callPath(request, freshKey("session")), freshKey("key")];
  model.reset();
  model.hold();
  const disconnected = client.call(path, request.body, { idempotencyKey }).catch(() => undefined);
  const stored: RecordedCall[] = [];
  let state = await standstill(bench, path, idempotencyKey);
  while (stored.length < completed) {
    stored.push(releaseFirst(model));
    state = await standstill(bench, path, idempotencyKey, state);
  }

  await subject.kill();
  await disconnected;
  await waitFor("the model sees that nobody waits any more", () => model.held.length === 0);
  // Before the start: what goes on by itself may do so before it listens.
  const before = model.calls.length;
  await subject.restart();
  model.stopHolding();
  const itself = await comesTrue(() => model.calls.length > before);

  const asked = Date.now();
  const reply = await client.call(path, request.body, { idempotencyKey });
  const { after: _, ...struck } = sortOut(model.calls, stored);
  return {
    reply,
    ...struck,
    completed: stored,
    resumedBy: itself ? "itself" : reply.status === 200 ? "the caller" : null,
    untilAnswer: Date.now() - asked,
  };
}

const comesTrue = (condition: () => boolean) =>
  waitFor("it goes on by itself", condition, { timeout: UNAIDED_TIMEOUT }).then(
    () => true,
    () => false,
  );

/**
 * Waits until an answer has changed what is stored of a thread, and all that is open waits for the model.
 *
 * @param before what was stored before the answer, if there was one
 * @returns what is stored
 */
async function standstill(bench: ControlBench, path: string, idempotencyKey: string, before = ""): Promise<string> {
  let stored = before;
  await waitFor("everything is stored, or waits for the model", async () => {
    const state = await bench.state(path, idempotencyKey);
    stored = JSON.stringify(state);
    const held = bench.model.held.length;
    return stored !== before && held > 0 && held === state.next.length;
  });
  return stored;
}
