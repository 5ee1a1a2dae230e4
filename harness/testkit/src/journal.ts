import type { RestateServer } from "./restate-server.ts";

/** An invocation as `sys_invocation` shows it, as far as we look at it. */
export interface Invocation {
  id: string;
  target: string;
  status: string;
  completion_result: "success" | "failure" | null;
  completion_failure: string | null;
  invoked_by_id: string | null;
  pinned_deployment_id: string | null;
}

/** What happened to an invocation on its way, from `sys_journal_events`. */
export interface TransientError {
  invocation: string;
  code: number;
  message: string;
}

/** Facts from the server's journals. */
export class JournalQueries {
  readonly #server: RestateServer;

  constructor(server: RestateServer) {
    this.#server = server;
  }

  invocations(): Promise<Invocation[]> {
    return this.#server.query<Invocation>(
      `SELECT id, target, status, completion_result, completion_failure, invoked_by_id, pinned_deployment_id
       FROM sys_invocation`,
    );
  }

  /** How many `ctx.run` steps have their result in a journal. */
  async completedSteps(): Promise<number> {
    const [row] = await this.#server.query<{ count: number }>(
      "SELECT count(*) AS count FROM sys_journal WHERE entry_type = 'Notification: Run'",
    );
    return row?.count ?? 0;
  }

  /** Attempts that failed and were retried; `570` is a journal mismatch. */
  async transientErrors(): Promise<TransientError[]> {
    const rows = await this.#server.query<{ id: string; event_json: string }>(
      "SELECT id, event_json FROM sys_journal_events WHERE event_type = 'TransientError'",
    );
    return rows.map(({ id, event_json }) => {
      const event = JSON.parse(event_json) as { error_code?: number; error_message?: string };
      return { invocation: id, code: event.error_code ?? 0, message: event.error_message ?? event_json };
    });
  }
}
