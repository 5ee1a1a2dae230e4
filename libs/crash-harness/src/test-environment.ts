import { type EffectsOptions, EffectsServer } from "./effects.ts";
import { Ingress } from "./ingress.ts";
import type { JournalQueries } from "./journal.ts";
import { MockModel, type MockModelOptions } from "./mock-model.ts";
import { allStarted } from "./processes.ts";
import { callPath, type ExampleRequest } from "./requests.ts";
import { RestateServer, type RestateServerOptions } from "./restate-server.ts";
import { ServiceProcess } from "./service-process.ts";
import type { SystemUnderTest } from "./system.ts";

/** What a {@link TestEnvironment} is made of: a `folder`, or a `url`. */
export interface TestEnvironmentOptions {
  /** The folder of the service under test, which the environment starts, kills and starts again. */
  folder?: string;
  /** The script of its package.json that serves; "serve" unless set, or "start" where there is no "serve". */
  script?: string;
  /** Where a service runs already. The environment can't kill it, and does not know which model it asks. */
  url?: string;
  /** With `url`: a request by which is seen whether it asks the environment's model. */
  probe?: ExampleRequest;
  /** Of restate-server, which has 4 partitions unless this says otherwise. */
  server?: RestateServerOptions;
  /** Of the mock model, which is strict here unless this says otherwise. */
  model?: MockModelOptions;
  /** Of the server that tools call; it runs in any case. */
  effects?: EffectsOptions;
  /** What else the service finds in its environment, besides PORT and the addresses of the model and of effects. It wins; undefined unsets. */
  env?: Record<string, string | undefined>;
}

/** Enough for calls from one partition to another; a server with them starts in a third of the processor time. */
const TEST_PARTITIONS = 4;

/** Something can't be judged here; the message says what it needs. */
export class NotJudgedError extends Error {
  override name = "NotJudgedError";
}

/** restate-server, the mock model, the effects server and a service, each of them real and on ports of its own. */
export class TestEnvironment implements SystemUnderTest {
  /** A restate-server of its own. */
  readonly server: RestateServer;
  /** The model that the service asks. */
  readonly model: MockModel;
  /** What the service's tools call over HTTP. */
  readonly effects: EffectsServer;
  /** The service's process; undefined if it runs elsewhere. */
  readonly service: ServiceProcess | undefined;
  /** Where the service is. */
  readonly serviceUrl: string;
  /** A client of the server's ingress. */
  readonly ingress: Ingress;
  /** Whether the service asks the environment's model; only one that runs elsewhere may not. */
  modelIsMocked = true;
  readonly #closed = new AbortController();
  readonly #parts = new AsyncDisposableStack();

  private constructor(
    server: RestateServer,
    model: MockModel,
    effects: EffectsServer,
    service: ServiceProcess | string,
  ) {
    this.server = server;
    this.model = model;
    this.effects = effects;
    this.service = typeof service === "string" ? undefined : service;
    this.serviceUrl = typeof service === "string" ? service : service.url;
    this.ingress = new Ingress(server.ingressUrl, this.#closed.signal);
  }

  /**
   * Starts everything and registers the service.
   *
   * @throws Error if something does not come up; what did is ended again
   */
  static async start(options: TestEnvironmentOptions): Promise<TestEnvironment> {
    await using started = new AsyncDisposableStack();
    const model = started.use(await MockModel.start({ strict: true, ...options.model }));
    const effects = started.use(await EffectsServer.start(options.effects));
    const { folder, script, env } = options;
    const [server, service] = await allStarted([
      RestateServer.start({ partitions: TEST_PARTITIONS, ...options.server }).then((it) => started.use(it)),
      folder === undefined
        ? Promise.resolve(options.url as string)
        : ServiceProcess.start({
            folder,
            ...(script !== undefined && { script }),
            env: { ...model.env, ...effects.env, ...env },
          }).then((it) => started.use(it)),
    ]);
    const environment = new TestEnvironment(server, model, effects, service);
    await server.register(environment.serviceUrl);
    if (typeof service === "string" && options.probe) await environment.#findOutWhoseModel(options.probe);
    environment.#parts.use(started.move());
    return environment;
  }

  /** What stands in the server's journals. */
  get journal(): JournalQueries {
    return this.server.journal;
  }

  /**
   * Makes sure that the service can be killed.
   *
   * @returns its process
   * @throws NotJudgedError if it runs elsewhere
   */
  requireProcess(): ServiceProcess {
    if (this.service) return this.service;
    throw new NotJudgedError("its process has to be stopped and started: give its folder instead of its URL");
  }

  /**
   * Makes sure that the service's model calls are counted.
   *
   * @throws NotJudgedError if it asks another model than the environment's
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
    await this.#parts.disposeAsync();
  }
}
