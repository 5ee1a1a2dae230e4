import { Ingress } from "./ingress.ts";
import { JournalQueries } from "./journal.ts";
import { MockModel, type MockModelOptions } from "./mock-model.ts";
import { allStarted } from "./processes.ts";
import { callPath, type ExampleRequest } from "./requests.ts";
import { RestateServer, type RestateServerOptions } from "./restate-server.ts";
import { Subject } from "./subject.ts";

/** What a {@link Bench} is made of: a `folder`, or a `url`. */
export interface BenchOptions {
  /** The folder of the implementation under test, which the bench starts, kills and starts again. */
  folder?: string;
  /** Where an implementation runs already. The bench can't kill it, and does not know which model it asks. */
  url?: string;
  /** With `url`: a request by which is seen whether it asks the bench's model. */
  probe?: ExampleRequest;
  /** Of restate-server. */
  server?: RestateServerOptions;
  /** Of the mock model, which is strict here unless this says otherwise. */
  model?: MockModelOptions;
  /** What the subject finds in its environment besides PORT; the mock model's address unless set. */
  environment?: Record<string, string>;
}

/** Something can't be judged here; the message says what it needs. */
export class NotJudgedError extends Error {
  override name = "NotJudgedError";
}

/** A test bench: restate-server, the mock model and an implementation, each of them real and on ports of its own. */
export class Bench implements AsyncDisposable {
  /** A restate-server of its own. */
  readonly server: RestateServer;
  /** The model that the implementation asks. */
  readonly model: MockModel;
  /** Where the implementation serves. */
  readonly subjectUrl: string;
  /** A client of the server's ingress. */
  readonly ingress: Ingress;
  /** What stands in the server's journals. */
  readonly journal: JournalQueries;
  /** Whether the implementation asks the bench's model; only an implementation that runs elsewhere may not. */
  modelIsMocked = true;
  readonly #subject: Subject | undefined;
  readonly #closed = new AbortController();

  protected constructor(server: RestateServer, model: MockModel, subject: Subject | string) {
    this.server = server;
    this.model = model;
    this.#subject = typeof subject === "string" ? undefined : subject;
    this.subjectUrl = typeof subject === "string" ? subject : subject.url;
    this.ingress = new Ingress(server.ingressUrl, this.#closed.signal);
    this.journal = new JournalQueries(server);
  }

  /**
   * Starts everything and registers the implementation.
   *
   * @throws Error if something does not come up; what did is ended again
   */
  static async start({ folder, url, probe, server, model, environment }: BenchOptions): Promise<Bench> {
    await using started = new AsyncDisposableStack();
    const mock = started.use(await MockModel.start({ strict: true, ...model }));
    const [restate, subject] = await allStarted([
      RestateServer.start(server).then((it) => started.use(it)),
      folder === undefined
        ? Promise.resolve(url as string)
        : Subject.start({ folder, environment: environment ?? mock.environment }).then((it) => started.use(it)),
    ]);
    const bench = new Bench(restate, mock, subject);
    await restate.register(bench.subjectUrl);
    if (typeof subject === "string" && probe) await bench.#findOutWhoseModel(probe);
    started.move();
    return bench;
  }

  /**
   * The implementation's process.
   *
   * @throws NotJudgedError if the implementation runs elsewhere
   */
  get subject(): Subject {
    this.requireProcess();
    return this.#subject as Subject;
  }

  /**
   * Makes sure that the implementation can be killed.
   *
   * @throws NotJudgedError if it runs elsewhere
   */
  requireProcess(): void {
    if (this.#subject) return;
    throw new NotJudgedError("its process has to be stopped and started: give its folder instead of its URL");
  }

  /**
   * Makes sure that the implementation's model calls are counted.
   *
   * @throws NotJudgedError if it asks another model than the bench's
   */
  requireMockedModel(): void {
    if (this.modelIsMocked) return;
    const address = this.model.baseUrl;
    throw new NotJudgedError(`its model calls have to be counted: start it with OPENAI_BASE_URL=${address}`);
  }

  async #findOutWhoseModel(request: ExampleRequest): Promise<void> {
    await this.ingress.call(callPath(request, ""), request.body);
    this.modelIsMocked = this.model.calls.length > 0;
    this.model.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#subject, this.server, this.model].map((part) => part?.[Symbol.asyncDispose]()));
  }
}
