import { Ingress, MockModel, type MockModelOptions, PostgresServer, Subject } from "@durable-agents/testkit";

/** The control with all that it needs, each in a process of its own or on a port of its own. */
export class RunningControl implements AsyncDisposable {
  readonly model: MockModel;
  readonly database: PostgresServer;
  readonly service: Subject;
  readonly client: Ingress;
  readonly #parts: AsyncDisposableStack;

  private constructor(model: MockModel, database: PostgresServer, service: Subject, parts: AsyncDisposableStack) {
    this.model = model;
    this.database = database;
    this.service = service;
    this.client = new Ingress(service.url);
    this.#parts = parts;
  }

  static async start(options?: MockModelOptions): Promise<RunningControl> {
    await using parts = new AsyncDisposableStack();
    const model = parts.use(await MockModel.start({ strict: true, ...options }));
    const database = parts.use(await PostgresServer.start());
    const environment = { ...model.environment, DATABASE_URL: database.url };
    const service = parts.use(await Subject.start({ folder: `${import.meta.dirname}/..`, environment }));
    return new RunningControl(model, database, service, parts.move());
  }

  /** Where the workflow of a request has got to, in DBOS's words; undefined before it is stored. */
  async statusOf(idempotencyKey: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ status: string }>(
      `SELECT status FROM dbos.workflow_status WHERE workflow_uuid LIKE '%/${idempotencyKey}'`,
    );
    return row?.status;
  }

  /** How many answers to an agent are stored. */
  async storedAnswers(agent: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM dbos.operation_outputs WHERE function_name = '${agent}' AND output IS NOT NULL`,
    );
    return row?.count ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}
